/** Backpropagation through time: whole, in windows with the state cut, and with sequences that begin inside a window. */
import { compile, Tape } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { Parameter, ShapeError, setBackend, setDefaultDType, type Tensor, tensor, treeMap } from "@tapegrad/core";
import {
  bptt,
  GRUCell,
  type HiddenState,
  Linear,
  LSTM,
  type LSTMState,
  Module,
  overTime,
  truncatedBptt,
} from "@tapegrad/nn";
import {
  add,
  Generator,
  matmul,
  mul,
  ones,
  slice,
  square,
  stopGradient,
  sub,
  sum,
  tanh,
  transpose,
  zeros,
} from "@tapegrad/ops";
import { SGD } from "@tapegrad/optim";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSame } from "./comparison.ts";
import { values } from "./plain.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

const [batch, time, input, hidden] = [2, 7, 3, 4];

/** Follows a signal: one number per step. */
class Follower extends Module {
  readonly layer: LSTM;
  readonly head: Linear;

  constructor(seed = 121) {
    super();
    const generator = new Generator(seed);
    this.layer = new LSTM(input, hidden, { layers: 2, generator });
    this.head = new Linear(hidden, 1, { generator });
  }

  forward(x: Tensor, state: LSTMState, resets?: Tensor) {
    const { output, state: next } = this.layer.forward(x, { state, ...(resets !== undefined && { resets }) });
    return { prediction: this.head.forward(output), state: next };
  }
}

interface Example {
  readonly x: Tensor;
  readonly y: Tensor;
}

const example = (seed = 122): Example => {
  const generator = new Generator(seed);
  return { x: generator.normal([batch, time, input]), y: generator.normal([batch, time, 1]) };
};

/** The summed loss of a stretch, so that windows add up to the whole. */
const lossOf =
  (model: Follower) =>
  (state: LSTMState, { x, y }: Example, resets?: Tensor) => {
    const { prediction, state: next } = model.forward(x, state, resets);
    return { loss: sum(square(sub(prediction, y))), state: next, prediction };
  };

const startOf = (model: Follower): LSTMState => {
  const generator = new Generator(123);
  return treeMap<LSTMState>((leaf: Tensor) => generator.normal(leaf.shape), model.layer.initialState(batch));
};

const total = (tensors: readonly Tensor[]) => tensors.reduce((a, b) => add(a, b));
/** The sums of lists of gradients, entry by entry. */
const totals = (lists: readonly (readonly Tensor[])[]) =>
  (lists[0] ?? []).map((_, i) => total(lists.map((list) => list[i] ?? tensor(0))));

/** Gradients of the loss of all windows, the state between them cut by hand. */
function cutByHand(model: Follower, window: number): Tensor[] {
  const { x, y } = example();
  const tape = new Tape();
  const loss = tape.record(() => {
    let state = startOf(model);
    const losses: Tensor[] = [];
    for (let start = 0; start < time; start += window) {
      const part = (t: Tensor) => slice(t, [0, start], [batch, Math.min(time, start + window)]);
      const result = lossOf(model)(state, { x: part(x), y: part(y) });
      state = treeMap<LSTMState>(stopGradient, result.state);
      losses.push(result.loss);
    }
    return total(losses);
  });
  return tape.gradient(loss, model.parameters());
}

describe("bptt", () => {
  it("is the gradient through the whole sequence, beside all that the function returns", () => {
    const model = new Follower();
    const [tape, state] = [new Tape(), startOf(model)];
    const expected = tape.record(() => lossOf(model)(state, example()));
    const result = bptt(lossOf(model), model.parameters())(state, example());
    expectSame(result.gradients, tape.gradient(expected.loss, model.parameters()));
    expectSame([result.loss, result.state, result.prediction], [expected.loss, expected.state, expected.prediction]);
  });

  it("takes any tree of sources, the inputs among them", () => {
    const model = new Follower();
    const { x, y } = example();
    const run = bptt(lossOf(model), { x, head: model.head.weight });
    const { x: atInput, head } = run(startOf(model), { x, y }).gradients;
    expect([atInput.shape, head.shape]).toEqual([x.shape, model.head.weight.shape]);
    expect(values(atInput).every((g) => g !== 0)).toBe(true);
  });

  it("sees the state that it is given, a learned one too", () => {
    const model = new Follower();
    const state = startOf(model);
    const { gradients } = bptt(lossOf(model), state)(state, example());
    const tape = new Tape();
    const loss = tape.record(() => lossOf(model)(state, example()).loss);
    expectSame(gradients, tape.gradient(loss, state));
    expect(values(gradients.h).every((g) => g !== 0)).toBe(true);
  });

  it("cuts the state that it returns from what comes after", () => {
    const model = new Follower();
    const state = startOf(model);
    const tape = new Tape({ sources: [state.h, model.parameters()] });
    const after = tape.record(() => sum(bptt(lossOf(model), model.parameters())(state, example()).state.c));
    const [atState, atParameters] = tape.gradient(after, [state.h, model.parameters()]);
    expect([atState, ...atParameters].flatMap(values).every((g) => g === 0)).toBe(true);
  });
});

describe("truncatedBptt", () => {
  const windowsOf = (model: Follower, window: number) => {
    const step = bptt(lossOf(model), model.parameters());
    return [...truncatedBptt(step, example(), { window, state: startOf(model) })];
  };

  it.each([time, time + 5])("with a window of %i, the full length or more, is BPTT", (window) => {
    const model = new Follower();
    const whole = bptt(lossOf(model), model.parameters())(startOf(model), example());
    expectSame(windowsOf(model, window), [{ ...whole, start: 0, end: time }]);
  });

  it.each([1, 2, 3])("windows of %i carry the state: losses and states are those of the whole", (window) => {
    const model = new Follower();
    const whole = lossOf(model)(startOf(model), example());
    const results = windowsOf(model, window);
    expectSame(total(results.map(({ loss }) => loss)), whole.loss);
    expectSame(results.at(-1)?.state, whole.state);
    expect(results.map(({ start, end }) => [start, end])).toEqual(
      Array.from({ length: Math.ceil(time / window) }, (_, i) => [i * window, Math.min(time, (i + 1) * window)]),
    );
  });

  it.each([1, 2, 3])("gradients of windows of %i stop at their beginning", (window) => {
    const model = new Follower();
    const truncated = totals(windowsOf(model, window).map(({ gradients }) => gradients));
    expectSame(truncated, cutByHand(model, window));
    const whole = bptt(lossOf(model), model.parameters())(startOf(model), example()).gradients;
    expect(() => expectSame(truncated, whole)).toThrow();
  });

  it("compiled is the same, the shorter last window included", () => {
    const model = new Follower();
    const step = compile(bptt(lossOf(model), model.parameters()));
    const results = [...truncatedBptt(step, example(), { window: 3, state: startOf(model) })];
    expectSame(
      results.map(({ gradients }) => gradients),
      windowsOf(model, 3).map(({ gradients }) => gradients),
    );
  });

  it("an update after one window is seen by the next", () => {
    const [eager, compiled] = [new Follower(), new Follower()];
    const losses = (
      model: Follower,
      step: ReturnType<typeof bptt<LSTMState, Example, Parameter[], ReturnType<ReturnType<typeof lossOf>>>>,
    ) => {
      const optimizer = new SGD(model.parameters(), { learningRate: 0.05 });
      return Array.from(truncatedBptt(step, example(), { window: 2, state: startOf(model) }), ({ loss, gradients }) => {
        optimizer.step(gradients);
        return loss.itemSync();
      });
    };
    const updated = losses(eager, bptt(lossOf(eager), eager.parameters()));
    const fixed = windowsOf(new Follower(), 2).map(({ loss }) => loss.itemSync());
    expect(updated[0]).toBe(fixed[0]);
    expect(updated[1]).not.toBe(fixed[1]);
    expect(losses(compiled, compile(bptt(lossOf(compiled), compiled.parameters())))).toEqual(updated);
  });

  it("a whole training step per window may be the compiled function", () => {
    const model = new Follower();
    const optimizer = new SGD(model.parameters(), { learningRate: 0.02 });
    const step = bptt(lossOf(model), model.parameters());
    const train = compile((state: LSTMState, inputs: Example) => {
      const { gradients, ...result } = step(state, inputs);
      optimizer.step(gradients);
      return result;
    });
    const epoch = () =>
      total(
        Array.from(truncatedBptt(train, example(), { window: 3, state: startOf(model) }), ({ loss }) => loss),
      ).itemSync();
    const first = epoch();
    for (let i = 0; i < 20; i++) epoch();
    expect(epoch()).toBeLessThan(0.9 * first);
  });

  it("with a function without gradients, a tape outside sees the same cuts", () => {
    const model = new Follower();
    const tape = new Tape();
    const loss = tape.record(() =>
      total(
        Array.from(
          truncatedBptt(lossOf(model), example(), { window: 2, state: startOf(model) }),
          (result) => result.loss,
        ),
      ),
    );
    expectSame(tape.gradient(loss, model.parameters()), cutByHand(model, 2));
  });

  it("sequences may begin anywhere, also inside a window", () => {
    const model = new Follower();
    const resets = tensor([
      [false, false, false, true, false, false, false],
      [false, false, false, false, false, true, false],
    ]);
    const step = bptt(lossOf(model), model.parameters());
    const results = [...truncatedBptt(step, example(), { window: 2, state: startOf(model), resets })];
    const whole = lossOf(model)(startOf(model), example(), resets);
    expectSame(total(results.map(({ loss }) => loss)), whole.loss);
    expectSame(results.at(-1)?.state, whole.state);
    expect(() => expectSame(whole.loss, lossOf(model)(startOf(model), example()).loss)).toThrow();
  });

  it("time-major inputs are cut along their first axis", () => {
    const model = new Follower();
    const swap = (x: Tensor) => transpose(x, [1, 0, 2]);
    const step = (state: LSTMState, { x, y }: Example) => lossOf(model)(state, { x: swap(x), y: swap(y) });
    const inputs = treeMap<Example>(swap, example());
    const results = [...truncatedBptt(step, inputs, { window: 3, state: startOf(model), timeMajor: true })];
    expectSame(
      results.map(({ loss }) => loss),
      windowsOf(model, 3).map(({ loss }) => loss),
    );
  });

  it("says what is wrong before it reads anything", () => {
    const run = (window: number, inputs: unknown) => () => [
      ...truncatedBptt((state: Tensor) => ({ state }), inputs, { window, state: tensor(0) }),
    ];
    expect(run(0, example())).toThrow(
      new ShapeError("truncatedBptt", "the window is not an integer of 1 or more: 0", "use 1 or more"),
    );
    expect(run(2, { x: ones([2, 3]), y: ones([2, 4]) })).toThrow(
      new ShapeError(
        "truncatedBptt",
        "no common number of steps: [2,3], [2,4] (axis 1)",
        "give every input one time axis",
      ),
    );
    expect(run(2, ones([2]))).toThrow(ShapeError);
  });
});

describe("overTime", () => {
  const cell = () => new GRUCell(input, hidden, { generator: new Generator(124) });
  const stepOf =
    (one: GRUCell) =>
    (state: HiddenState, { x, y }: Example) => {
      const { output, state: next } = one.step(x, state);
      return { loss: square(sub(sum(output, { axis: 1, keepDims: true }), y)), state: next };
    };
  const start = () => ({ h: new Generator(125).normal([batch, hidden]) });

  /** The loop written out, with states replaced where `begins` says so. */
  function writtenOut(one: GRUCell, { x, y }: Example, begins: (row: number, t: number) => boolean, fresh: Tensor) {
    let state: HiddenState = start();
    const losses: Tensor[] = [];
    for (let t = 0; t < time; t++) {
      const at = (s: Tensor) => slice(s, [0, t], [batch, t + 1]);
      const keep = tensor(Array.from({ length: batch }, (_, row) => [begins(row, t) ? 0 : 1]));
      const h = add(mul(keep, state.h), mul(sub(1, keep), fresh));
      const result = stepOf(one)({ h }, { x: flat(at(x)), y: flat(at(y)) });
      state = result.state;
      losses.push(sum(result.loss));
    }
    return { loss: total(losses), state };
  }
  const flat = (x: Tensor) => sum(x, { axis: 1 });

  it("is the sum of the losses of all steps, whatever a step is", () => {
    const one = cell();
    const expected = writtenOut(one, example(), () => false, zeros([batch, hidden]));
    expectSame(overTime(stepOf(one))(start(), example()), expected);
    expectSame(overTime(stepOf(one), { checkpointEvery: 2 })(start(), example()), expected);
    const swapped = treeMap<Example>((x: Tensor) => transpose(x, [1, 0, 2]), example());
    expectSame(overTime(stepOf(one), { timeMajor: true })(start(), swapped), expected);
  });

  it("begins anew from zeros, or from a given state", () => {
    const one = cell();
    const begins = (row: number, t: number) => (row === 0 ? t === 2 || t === 4 : t === 5);
    const resets = tensor(
      Array.from({ length: batch }, (_row, row) => Array.from({ length: time }, (_t, t) => begins(row, t))),
    );
    const [none, initial] = [zeros([batch, hidden]), { h: mul(2, ones([batch, hidden])) }];
    expectSame(overTime(stepOf(one))(start(), example(), resets), writtenOut(one, example(), begins, none));
    const given = overTime(stepOf(one), { initial });
    expectSame(given(start(), example(), resets), writtenOut(one, example(), begins, initial.h));
  });

  it("through truncatedBptt: any function of a step, here one without a cell", () => {
    const weight = new Parameter(
      tensor([
        [0.5, -0.3],
        [0.2, 0.4],
      ]),
    );
    const step = (h: Tensor, x: Tensor) => {
      const next = tanh(add(matmul(h, weight), x));
      return { loss: sum(square(next)), state: next };
    };
    const x = new Generator(126).normal([batch, time, 2]);
    const run = bptt(overTime(step), weight);
    const results = [...truncatedBptt(run, x, { window: 3, state: zeros([batch, 2]) })];
    const whole = overTime(step)(zeros([batch, 2]), x);
    expectSame(total(results.map(({ loss }) => loss)), whole.loss);
    expect(results.map(({ gradients }) => gradients.shape)).toEqual([
      [2, 2],
      [2, 2],
      [2, 2],
    ]);
  });
});
