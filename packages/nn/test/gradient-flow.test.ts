/** Gradients at every time step: the worked example of the study notes, and the derivatives that plain recording gives. */

import { compile, Tape } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { expectClose } from "@tapegrad/conformance";
import {
  ShapeError,
  setBackend,
  setDefaultDType,
  TapegradError,
  type Tensor,
  TraceError,
  tensor,
  treeMap,
} from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import {
  Bidirectional,
  type Cell,
  Embedding,
  forgetGateBias,
  GRU,
  GRUCell,
  gradientFlow,
  initialize,
  Linear,
  LSTM,
  LSTMCell,
  type LSTMState,
  Module,
  PeepholeLSTMCell,
  Recurrent,
  ResidualCell,
  RNN,
  RNNCell,
  type StateFlow,
} from "@tapegrad/nn";
import {
  add,
  concat,
  expandDims,
  eye,
  Generator,
  matmul,
  mul,
  ones,
  reshape,
  slice,
  square,
  stack,
  sum,
  transpose,
  zeros,
} from "@tapegrad/ops";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSame } from "./comparison.ts";
import { values } from "./plain.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

const [batch, time, input, hidden] = [2, 5, 3, 4];
const draw = (seed = 131) => new Generator(seed).normal([batch, time, input]);

/** What ran under `name`. */
function run(runs: Readonly<Record<string, StateFlow>>, name: string): StateFlow {
  return defined(runs[name], `a run called ${name} among ${Object.keys(runs).join(", ")}`);
}

describe("study notes, item 9: the same weight vanishes and explodes", () => {
  /** h_t = tanh(2 x_t + 3 h_{t−1} + 1) for t = 1, 2, 3 from h_0 = 0. */
  function worked(x: number) {
    const cell = new RNNCell(1, 1);
    cell.weight_ih.assign(tensor([[2]]));
    cell.weight_hh.assign(tensor([[3]]));
    cell.bias_ih?.assign(tensor([1]));
    cell.bias_hh?.assign(tensor([0]));
    const { runs } = gradientFlow(cell, tensor([[[x], [x], [x]]]), { jacobians: true });
    const { norms, jacobians } = run(runs, "RNNCell");
    const { steps, products, slopes, weight } = defined(jacobians, "Jacobians");
    return {
      norms: values(defined(norms.h, "h")),
      steps: values(steps),
      products: values(products),
      slopes: values(defined(slopes, "slopes")),
      weight: values(defined(weight, "weight")),
    };
  }

  it("x ≡ −0.5: exactly 27", () => {
    expect(worked(-0.5)).toEqual({
      norms: [27, 9, 3, 1],
      steps: [3, 3, 3],
      products: [27, 9, 3, 1],
      slopes: [1, 1, 1],
      weight: [3],
    });
  });

  it.each([
    [1, 1.7e-10, 1.6575522893e-10],
    [0, 8.7e-5, 8.6498739484e-5],
  ])("x ≡ %d: about %d", (x, rounded, exact) => {
    const { norms, steps, products, slopes, weight } = worked(x);
    expect(Math.abs((norms[0] ?? 0) / rounded - 1)).toBeLessThan(0.03);
    expect(Math.abs((norms[0] ?? 0) / exact - 1)).toBeLessThan(1e-10);
    let h = 0;
    for (let t = 0; t < 3; t++) {
      h = Math.tanh(2 * x + 3 * h + 1);
      expect(Math.abs((slopes[t] ?? 0) / (1 - h * h) - 1)).toBeLessThan(1e-10);
      expect(steps[t]).toBe(3 * (slopes[t] ?? 0));
    }
    expect(weight).toEqual([3]);
    expectClose(products, norms, 1e-15);
  });
});

describe("study notes, items 10 and 14: what was read long ago", () => {
  /** How strongly the final state depends on the first, relative to the last, after 60 steps. */
  function memory(cell: Cell<unknown>, name: "h" | "c"): number {
    const x = new Generator(149).normal([1, 60, input]);
    const { norms } = defined(Object.values(gradientFlow(cell, x).runs)[0], "run");
    const values60 = values(defined(norms[name], name));
    return (values60[0] ?? 0) / (values60[60] ?? Number.NaN);
  }
  const size = 32;

  it("is lost to a vanilla RNN, and kept by the cell state of an LSTM and by a GRU", () => {
    const [lstm, gru] = [
      new LSTMCell(input, size, { generator: new Generator(150) }),
      new GRUCell(input, size, { generator: new Generator(151) }),
    ];
    initialize(lstm, new Generator(152), (name) => (name === "bias_ih" ? forgetGateBias(6) : undefined));
    // The GRU's update gate, the second of three, keeps the old state.
    gru.bias_ih?.assign(concat([zeros([size]), mul(6, ones([size])), zeros([size])]));
    expect(memory(new RNNCell(input, size, { generator: new Generator(153) }), "h")).toBeLessThan(1e-9);
    expect(memory(lstm, "c")).toBeGreaterThan(0.3);
    expect(memory(gru, "h")).toBeGreaterThan(0.3);
  });
});

describe("every intermediate state", () => {
  /** Gradients of `loss` at every state of the loop written out, a tree of [time + 1, batch, hidden]. */
  function writtenOut<State>(cell: Cell<State>, x: Tensor, state: State, loss: (output: Tensor) => Tensor): State {
    const tape = new Tape();
    const states = [state];
    const value = tape.record(() => {
      const outputs: Tensor[] = [];
      for (let t = 0; t < time; t++) {
        const at = reshape(slice(x, [0, t], [batch, t + 1]), [batch, input]);
        const result = cell.step(at, defined(states.at(-1), "state"));
        states.push(result.state);
        outputs.push(result.output);
      }
      return loss(stack(outputs, { axis: 1 }));
    });
    const gradients = states.map((at) => tape.gradient(value, at));
    return treeMap<State>((...leaves: Tensor[]) => stack(leaves), ...gradients);
  }
  const cell = () => new LSTMCell(input, hidden, { generator: new Generator(132) });
  const start = (): LSTMState => ({
    h: new Generator(133).normal([batch, hidden]),
    c: new Generator(134).normal([batch, hidden]),
  });
  const everyStep = (output: Tensor) => sum(square(output));

  it("of an LSTM: h and c, and their norms", () => {
    const { loss, runs } = gradientFlow(cell(), [draw(), { state: start() }], {
      loss: ({ output }) => everyStep(output),
    });
    const { gradients, norms, jacobians } = run(runs, "LSTMCell");
    const { h, c } = writtenOut(cell(), draw(), start(), everyStep);
    expectSame(gradients, { h, c });
    const norm = (gradient: Tensor) =>
      Array.from({ length: time + 1 }, (_, t) => Math.hypot(...values(slice(gradient, [t], [t + 1]))));
    expectClose(defined(norms.h, "h"), norm(defined(gradients.h, "h")));
    expectClose(defined(norms.c, "c"), norm(c));
    expect(jacobians).toBeUndefined();
    expectSame(loss, everyStep(new Recurrent(cell()).forward(draw(), { state: start() }).output));
  });

  it.each<[string, () => Cell<unknown>]>([
    [
      "the output is more than the state",
      () => new ResidualCell(new GRUCell(input, input, { generator: new Generator(147) })),
    ],
    ["the gates look at c", () => new PeepholeLSTMCell(input, hidden, { generator: new Generator(148) })],
  ])("also where %s", (_, make) => {
    const one = make();
    const flow = gradientFlow(one, draw(), { loss: ({ output }) => everyStep(output) });
    const { gradients } = defined(Object.values(flow.runs)[0], "run");
    expectSame(gradients, writtenOut(one, draw(), one.initialState(batch), everyStep));
  });

  it("of a state that a cell hands on as it was", () => {
    // Its output is the input times what was given at the start.
    const constant: Cell<{ factor: Tensor }> = {
      initialState: () => ({ factor: ones([batch, input]) }),
      step: (x, { factor }) => ({ output: mul(x, factor), state: { factor } }),
    };
    const flow = gradientFlow(constant, draw(), { loss: ({ output }) => sum(output) });
    const { gradients } = defined(Object.values(flow.runs)[0], "run");
    const rest = (t: number) => sum(slice(draw(), [0, t]), { axis: 1 });
    expectSame(gradients.factor, stack(Array.from({ length: time + 1 }, (_, t) => rest(t))));
  });

  it("in reverse is counted from the end of the input", () => {
    const backwards = new Recurrent(cell(), { reverse: true });
    const flow = gradientFlow(backwards, [draw(), { state: start() }]);
    const { gradients } = run(flow.runs, "LSTMCell");
    const turned = transpose(
      stack(
        Array.from({ length: time }, (_, t) =>
          reshape(slice(draw(), [0, time - 1 - t], [batch, time - t]), [batch, input]),
        ),
      ),
      [1, 0, 2],
    );
    const { gradients: expected } = run(gradientFlow(cell(), [turned, { state: start() }]).runs, "LSTMCell");
    expectSame(gradients, expected);
  });

  it("at padding is 0, and passes by it unchanged", () => {
    const flow = gradientFlow(cell(), [draw(), { lengths: [time, 2], state: start() }], { jacobians: true });
    const { gradients, jacobians } = run(flow.runs, "LSTMCell");
    const second = (t: number) => slice(defined(gradients.c, "c"), [t, 1], [t + 1, 2]);
    expect([5, 4, 3].flatMap((t) => values(second(t)))).toEqual(new Array(3 * hidden).fill(0));
    const alone = gradientFlow(cell(), [slice(draw(), [0, 0], [batch, 2]), { state: start() }]);
    const { gradients: expected } = run(alone.runs, "LSTMCell");
    for (const t of [1, 2]) expectSame(second(t), slice(defined(expected.c, "c"), [t, 1], [t + 1, 2]));
    const steps = slice(defined(jacobians, "Jacobians").steps, [3, 1], [4, 2]);
    expectSame(reshape(steps, [8, 8]), eye(8));
  });
});

describe("Jacobians", () => {
  it.each<[string, () => Cell<unknown>]>([
    ["RNNCell", () => new RNNCell(input, hidden, { generator: new Generator(135) })],
    ["RNNCell with relu", () => new RNNCell(input, hidden, { nonlinearity: "relu", generator: new Generator(136) })],
    ["LSTMCell", () => new LSTMCell(input, hidden, { generator: new Generator(137) })],
    ["GRUCell", () => new GRUCell(input, hidden, { generator: new Generator(138) })],
  ])("of an %s carry the gradient of the last state back", (_, make) => {
    const cell = make();
    const { runs } = gradientFlow(cell, draw(), { jacobians: true });
    const { gradients, jacobians } = defined(Object.values(runs)[0], "run");
    const { steps, products, slopes, weight } = defined(jacobians, "Jacobians");
    const size = products.shape.at(-1) ?? 0;
    const together = concat(Object.values(gradients), { axis: -1 });
    // The default loss is the sum of the last state, so a gradient is a row of ones times the product. An LSTM's c counts
    // through its h as well, except before the first step, where neither comes from the other.
    const apart = Object.keys(gradients).length === 1 ? time + 1 : 1;
    expectSame(slice(together, [0], [apart]), slice(sum(products, { axis: -2 }), [0], [apart]));
    const before = slice(products, [0], [time]);
    expectSame(before, matmul(slice(products, [1]), steps));
    expectSame(reshape(slice(products, [time, 0], [time + 1, 1]), [size, size]), eye(size));
    if (cell instanceof RNNCell)
      expectSame(steps, mul(expandDims(defined(slopes, "slopes"), { axis: -1 }), defined(weight, "weight")));
    else expect([slopes, weight]).toEqual([undefined, undefined]);
  });

  it("need states [batch, features]", () => {
    const wide: Cell<Tensor> = {
      initialState: (size) => ones([size, 2, 2]),
      step: (_, state) => ({ output: sum(state, { axis: -1 }), state }),
    };
    expect(() => gradientFlow(wide, draw(), { jacobians: true })).toThrow(
      new ShapeError("gradientFlow", "a state is not [batch, features]: [2,2,2]"),
    );
  });
});

describe("models", () => {
  class Tagger extends Module {
    readonly embedding = new Embedding(7, input, { generator: new Generator(139) });
    readonly encoder = new LSTM(input, hidden, { layers: 2, bidirectional: true, generator: new Generator(140) });
    readonly decoders = [new GRU(2 * hidden, hidden, { generator: new Generator(141) })];
    readonly head = new Linear(hidden, 5, { generator: new Generator(142) });

    forward(tokens: Tensor, lengths?: readonly number[]): Tensor {
      const { output } = this.encoder.forward(this.embedding.forward(tokens), lengths === undefined ? {} : { lengths });
      return this.decoders.reduce((x, layer) => layer.forward(x).output, output);
    }
  }
  const tokens = () => tensor(Int32Array.of(1, 2, 3, 4, 5, 6, 0, 1, 2, 3), { shape: [batch, time] });

  it("name every loop by its place, and give the loss", () => {
    const model = new Tagger();
    const { loss, runs } = gradientFlow(model, tokens(), { loss: (output) => sum(square(output)) });
    expect(Object.keys(runs)).toEqual([
      "encoder.l0",
      "encoder.l0_reverse",
      "encoder.l1",
      "encoder.l1_reverse",
      "decoders.0.l0",
    ]);
    expectSame(loss, sum(square(model.forward(tokens()))));
    for (const [name, { norms }] of Object.entries(runs))
      expect(Object.keys(norms), name).toEqual(name.startsWith("encoder") ? ["h", "c"] : ["h"]);
    expect(Object.keys(gradientFlow(model, [tokens(), [5, 3]]).runs)).toHaveLength(5);
  });

  it("a layer's initial state has the gradient that a tape gives", () => {
    const layer = new LSTM(input, hidden, { layers: 2, generator: new Generator(143) });
    const state = layer.initialState(batch);
    const tape = new Tape({ sources: [state] });
    const value = tape.record(() => sum(square(layer.forward(draw(), { state }).output)));
    const { h, c } = tape.gradient(value, state);
    const { runs } = gradientFlow(layer, [draw(), { state }], { loss: ({ output }) => sum(square(output)) });
    const first = (name: "h" | "c") =>
      stack(
        ["l0", "l1"].map((label) =>
          reshape(slice(defined(run(runs, label).gradients[name], name), [0], [1]), [batch, hidden]),
        ),
      );
    expectSame([first("h"), first("c")], [h, c]);
  });

  it("may be functions, and loops that run again are numbered", () => {
    const layer = new RNN(input, hidden, { generator: new Generator(144) });
    const twice = (x: Tensor) => add(layer.forward(x).output, layer.forward(mul(2, x)).output);
    expect(Object.keys(gradientFlow(twice, draw()).runs)).toEqual(["l0", "l0#2"]);
    const both = new Bidirectional(new RNNCell(input, hidden), new LSTMCell(input, hidden));
    expect(Object.keys(gradientFlow(both, draw()).runs)).toEqual(["forwards", "backwards"]);
  });

  it("compiled, and checkpointed, is the same", () => {
    const make = (checkpointEvery?: number) =>
      new LSTM(input, hidden, {
        ...(checkpointEvery !== undefined && { checkpointEvery }),
        generator: new Generator(145),
      });
    const flow = (layer: LSTM) => (x: Tensor) => gradientFlow(layer, x, { jacobians: true });
    const expected = flow(make())(draw());
    expectSame(compile(flow(make()))(draw()), expected);
    expectSame(flow(make(2))(draw()), expected);
  });

  it("compiled, is recorded once", () => {
    let recorded = 0;
    const layer = new LSTM(input, hidden, { generator: new Generator(145) });
    const compiled = compile((x: Tensor) => {
      recorded++;
      return gradientFlow(layer, x).loss;
    });
    for (const seed of [1, 2, 3]) expectSame(compiled(draw(seed)), gradientFlow(layer, draw(seed)).loss);
    expect(recorded).toBe(1);
  });

  it("leaves the model as it was, also after an error", () => {
    const layer = new GRU(input, hidden, { generator: new Generator(146) });
    const before = layer.forward(draw());
    const failing = () =>
      gradientFlow(layer, draw(), {
        loss: () => {
          throw new Error("no loss");
        },
      });
    expect(failing).toThrow("no loss");
    expectSame(layer.forward(draw()), before);
  });

  it("says what it cannot do", () => {
    const layer = new GRU(input, hidden);
    const compiled = compile((x: Tensor) => layer.forward(x).output);
    expect(() => gradientFlow(compiled, draw())).toThrow(
      new TraceError("gradientFlow", "a loop ran inside another recording", "pass the model uncompiled"),
    );
    expectSame(compiled(draw()), layer.forward(draw()).output);
    expect(() => gradientFlow((x: Tensor) => ({ loops: [x.size] }), draw())).toThrow(
      new TapegradError(
        "gradientFlow",
        "the model returned no float tensor",
        "say what to differentiate with { loss }",
      ),
    );
  });
});
