/** Each cell against its equation in plain numbers, and the worked examples of the study notes. */

import { Tape } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { expectClose } from "@tapegrad/conformance";
import { type Parameter, ShapeError, setBackend, setDefaultDType, tensor } from "@tapegrad/core";
import { GRUCell, type HiddenState, LSTMCell, RNNCell } from "@tapegrad/nn";
import { Generator } from "@tapegrad/ops";
import { beforeAll, describe, expect, it } from "vitest";
import { logit, type PlainCell, plainGRU, plainLSTM, plainRNN, rows, type Vector, values } from "./plain.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

const [input, hidden, batch] = [3, 4, 2];

interface CellParameters {
  readonly weight_ih: Parameter;
  readonly weight_hh: Parameter;
  readonly bias_ih: Parameter | undefined;
  readonly bias_hh: Parameter | undefined;
}

function plain({ weight_ih, weight_hh, bias_ih, bias_hh }: CellParameters): PlainCell {
  const zeros = new Array<number>(weight_ih.shape[0] ?? 0).fill(0);
  return {
    weight_ih: rows(weight_ih),
    weight_hh: rows(weight_hh),
    bias_ih: bias_ih === undefined ? zeros : values(bias_ih),
    bias_hh: bias_hh === undefined ? zeros : values(bias_hh),
  };
}

/** Inputs and states of a batch, wide enough to reach the bends of the nonlinearities. */
function draw(seed: number) {
  const generator = new Generator(seed);
  const normal = (size: number) => generator.normal([batch, size]);
  return { x: normal(input), h: normal(hidden), c: normal(hidden) };
}

/** A pair of vectors per batch row. */
function forEachRow(step: (x: Vector, h: Vector, row: number) => Vector, { x, h }: ReturnType<typeof draw>): number[] {
  const [inputs, states] = [rows(x), rows(h)];
  return inputs.flatMap((vector, row) => [...step(vector, states[row] ?? [], row)]);
}

describe.each([true, false])("with bias %s", (bias) => {
  it.each([
    ["tanh", Math.tanh],
    ["relu", (x: number) => Math.max(0, x)],
  ] as const)("RNNCell with %s is its equation", (nonlinearity, plainNonlinearity) => {
    const cell = new RNNCell(input, hidden, { nonlinearity, bias, generator: new Generator(1) });
    const drawn = draw(2);
    const { output, state } = cell.step(drawn.x, { h: drawn.h });
    expectClose(
      output,
      forEachRow((x, h) => plainRNN(plain(cell), plainNonlinearity, x, h), drawn),
    );
    expect(state.h).toBe(output);
  });

  it("LSTMCell is its equations, gates in the order i f g o", () => {
    const cell = new LSTMCell(input, hidden, { bias, generator: new Generator(3) });
    const drawn = draw(4);
    const { output, state } = cell.step(drawn.x, { h: drawn.h, c: drawn.c });
    const step = (x: Vector, h: Vector, row: number) => plainLSTM(plain(cell), x, h, rows(drawn.c)[row] ?? []);
    expectClose(
      output,
      forEachRow((x, h, row) => step(x, h, row).h, drawn),
    );
    expectClose(
      state.c,
      forEachRow((x, h, row) => step(x, h, row).c, drawn),
    );
    expect(state.h).toBe(output);
  });

  it.each([true, false])("GRUCell with resetAfter %s is its equations", (resetAfter) => {
    const cell = new GRUCell(input, hidden, { resetAfter, bias, generator: new Generator(5) });
    const drawn = draw(6);
    const { output, state } = cell.step(drawn.x, { h: drawn.h });
    expectClose(
      output,
      forEachRow((x, h) => plainGRU(plain(cell), resetAfter, x, h), drawn),
    );
    expect(state.h).toBe(output);
  });
});

it("initial states are zeros, parameters have PyTorch's names, shapes and range", () => {
  const cell = new LSTMCell(input, hidden, { generator: new Generator(7) });
  const { h, c } = cell.initialState(batch);
  for (const state of [h, c]) {
    expect(state.shape).toEqual([batch, hidden]);
    expect(values(state).every((value) => value === 0)).toBe(true);
  }
  const shapes = Array.from(cell.namedParameters(), ([name, parameter]) => [name, parameter.shape]);
  expect(shapes).toEqual([
    ["weight_ih", [4 * hidden, input]],
    ["weight_hh", [4 * hidden, hidden]],
    ["bias_ih", [4 * hidden]],
    ["bias_hh", [4 * hidden]],
  ]);
  const all = cell.parameters().flatMap(values);
  expect(Math.max(...all.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(hidden));
  expect(Math.max(...all)).toBeGreaterThan(0.9 / Math.sqrt(hidden));
  expect(Math.min(...all)).toBeLessThan(-0.9 / Math.sqrt(hidden));
});

it("a step of the wrong width says which axis differs", () => {
  const cell = new GRUCell(input, hidden);
  expect(() => cell.step(tensor([[1, 2]]), cell.initialState(1))).toThrow(
    new ShapeError("GRUCell", "input has another size: [1,2] (axis -1: 2 ≠ 3)", "give it 3 features"),
  );
});

describe("study notes, item 9: vanishing and exploding gradients", () => {
  // h_t = tanh(2 x_t + 3 h_{t-1} + 1); ∂h_3/∂h_0 = Π 3 (1 − h_t²)
  function sensitivity(x: number): number {
    const cell = new RNNCell(1, 1);
    cell.weight_ih.assign(tensor([[2]]));
    cell.weight_hh.assign(tensor([[3]]));
    cell.bias_ih?.assign(tensor([1]));
    cell.bias_hh?.assign(tensor([0]));
    const initial = cell.initialState(1).h;
    const tape = new Tape();
    const final = tape.record(() => {
      let state: HiddenState = { h: initial };
      for (let t = 1; t <= 3; t++) state = cell.step(tensor([[x]]), state).state;
      return state.h;
    });
    return tape.gradient(final, initial).itemSync();
  }

  it.each([
    [1, 1.6575522893e-10],
    [0, 8.6498739484e-5],
    [-0.5, 27],
  ])("x ≡ %d gives %d", (x, expected) => {
    let [h, product] = [0, 1];
    for (let t = 1; t <= 3; t++) {
      const z = 2 * x + 3 * h + 1;
      h = Math.tanh(z);
      product *= 3 / Math.cosh(z) ** 2; // 3 (1 − h_t²) without the cancellation
    }
    const found = sensitivity(x);
    expect(Math.abs(found / product - 1)).toBeLessThan(1e-11);
    expect(Math.abs(found / expected - 1)).toBeLessThan(1e-10);
  });

  it("explodes to exactly 27, not only about", () => expect(sensitivity(-0.5)).toBe(27));
});

describe("study notes, item 11: the gates", () => {
  /** An LSTM cell whose gates are constants: all weights 0, the biases say what each gate is. */
  function constantGates(i: Vector, f: Vector, g: Vector, o: Vector): LSTMCell {
    const cell = new LSTMCell(1, 3);
    for (const parameter of cell.parameters())
      parameter.assign(tensor(new Float64Array(parameter.size), { shape: parameter.shape }));
    cell.bias_ih?.assign(tensor([...i.map(logit), ...f.map(logit), ...g.map(Math.atanh), ...o.map(logit)]));
    return cell;
  }
  const x = tensor64([[1]]);
  const past = { h: tensor64([[0, 0, 0]]), c: tensor64([[3, 5, -2]]) };

  it("f ⊙ c keeps [2.1, 2.0, −1.6] of [3, 5, −2]", () => {
    const { state } = constantGates([0, 0, 0], [0.7, 0.4, 0.8], [0.5, 0.5, 0.5], [1, 1, 1]).step(x(), {
      h: past.h(),
      c: past.c(),
    });
    expectClose(state.c, [2.1, 2.0, -1.6]);
  });

  it("adds i ⊙ g, and lets o ⊙ tanh(c) out", () => {
    const cell = constantGates([0.5, 1, 0.25], [0.7, 0.4, 0.8], [0.2, -0.5, 0.8], [1, 0.5, 0]);
    const { output, state } = cell.step(x(), { h: past.h(), c: past.c() });
    expectClose(state.c, [2.2, 1.5, -1.4]);
    expectClose(output, [Math.tanh(2.2), 0.5 * Math.tanh(1.5), 0]);
  });

  function tensor64(data: number[][]) {
    return () => tensor(data, { dtype: "float64" });
  }
});
