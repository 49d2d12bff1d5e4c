/** The cells beyond PyTorch's against their equations in plain numbers. */

import { cpuBackend } from "@tapegrad/backend-cpu";
import { expectClose } from "@tapegrad/conformance";
import { setBackend, setDefaultDType, type Tensor } from "@tapegrad/core";
import { type LayerNorm, LayerNormLSTMCell, LSTM, LSTMCell, MinimalGRUCell, PeepholeLSTMCell } from "@tapegrad/nn";
import { Generator } from "@tapegrad/ops";
import { beforeAll, describe, expect, it } from "vitest";
import { affine, at, gate, logistic, rows, type Vector, values } from "./plain.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

const [input, hidden, batch] = [3, 4, 2];
const zeros = (length: number) => new Array<number>(length).fill(0);

/** Inputs and states of a batch. */
function draw(seed: number) {
  const generator = new Generator(seed);
  return {
    x: generator.normal([batch, input]),
    h: generator.normal([batch, hidden]),
    c: generator.normal([batch, hidden]),
  };
}

/** Rows of the batch as plain vectors. */
function plainRows({ x, h, c }: ReturnType<typeof draw>): { x: Vector; h: Vector; c: Vector }[] {
  const [xs, hs, cs] = [rows(x), rows(h), rows(c)];
  return xs.map((vector, row) => ({ x: vector, h: hs[row] ?? [], c: cs[row] ?? [] }));
}

function expectRows(actual: Tensor, expected: readonly Vector[]): void {
  expectClose(actual, expected.flat());
}

/** (x − mean) / √(variance + 1e-5) ⊙ weight + bias. */
function layerNorm(x: Vector, weight: Vector, bias: Vector): number[] {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map((value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * at(weight, i) + at(bias, i));
}

/** New values for every Parameter, so that weights of 1 and biases of 0 hide nothing. */
function shuffled<M extends { parameters(): { shape: readonly number[]; assign(t: Tensor): void }[] }>(cell: M): M {
  const generator = new Generator(71);
  for (const parameter of cell.parameters()) parameter.assign(generator.normal(parameter.shape));
  return cell;
}

describe("LayerNormLSTMCell", () => {
  it("is its equations", () => {
    const cell = shuffled(new LayerNormLSTMCell(input, hidden));
    const drawn = draw(72);
    const { output, state } = cell.step(drawn.x, { h: drawn.h, c: drawn.c });
    const norm = ({ weight, bias }: LayerNorm, x: Vector) =>
      layerNorm(x, weight === undefined ? [] : values(weight), bias === undefined ? [] : values(bias));
    const expected = plainRows(drawn).map(({ x, h, c }) => {
      const fromInput = norm(cell.norm_ih, affine(rows(cell.weight_ih), x, zeros(4 * hidden)));
      const fromHidden = norm(cell.norm_hh, affine(rows(cell.weight_hh), h, zeros(4 * hidden)));
      const all = fromInput.map((value, i) => value + at(fromHidden, i));
      const [i = [], f = [], g = [], o = []] = [0, 1, 2, 3].map((index) => gate(all, index, hidden));
      const next = c.map((value, j) => logistic(at(f, j)) * value + logistic(at(i, j)) * Math.tanh(at(g, j)));
      return { c: next, h: norm(cell.norm_c, next).map((value, j) => logistic(at(o, j)) * Math.tanh(value)) };
    });
    expectRows(
      output,
      expected.map(({ h }) => h),
    );
    expectRows(
      state.c,
      expected.map(({ c }) => c),
    );
    expect(state.h).toBe(output);
  });

  it("without bias has none", () => {
    const names = Array.from(new LayerNormLSTMCell(input, hidden, { bias: false }).namedParameters(), ([name]) => name);
    expect(names).toEqual(["weight_ih", "weight_hh", "norm_ih.weight", "norm_hh.weight", "norm_c.weight"]);
  });
});

describe("PeepholeLSTMCell", () => {
  it("is its equations: i and f see the old cell state, o the new one", () => {
    const cell = shuffled(new PeepholeLSTMCell(input, hidden));
    const drawn = draw(73);
    const { output, state } = cell.step(drawn.x, { h: drawn.h, c: drawn.c });
    const [pi = [], pf = [], po = []] = rows(cell.weight_ch);
    const { bias_ih, bias_hh } = cell;
    if (bias_ih === undefined || bias_hh === undefined) throw new Error("biases by default");
    const expected = plainRows(drawn).map(({ x, h, c }) => {
      const fromHidden = affine(rows(cell.weight_hh), h, values(bias_hh));
      const all = affine(rows(cell.weight_ih), x, values(bias_ih)).map((value, i) => value + at(fromHidden, i));
      const [i = [], f = [], g = [], o = []] = [0, 1, 2, 3].map((index) => gate(all, index, hidden));
      const next = c.map(
        (old, j) =>
          logistic(at(f, j) + at(pf, j) * old) * old + logistic(at(i, j) + at(pi, j) * old) * Math.tanh(at(g, j)),
      );
      return { c: next, h: next.map((value, j) => logistic(at(o, j) + at(po, j) * value) * Math.tanh(value)) };
    });
    expectRows(
      output,
      expected.map(({ h }) => h),
    );
    expectRows(
      state.c,
      expected.map(({ c }) => c),
    );
    expect(state.h).toBe(output);
  });
});

describe("MinimalGRUCell", () => {
  it("is its equations: one gate forgets, and lets the old state into the candidate", () => {
    const cell = shuffled(new MinimalGRUCell(input, hidden));
    const drawn = draw(74);
    const { output, state } = cell.step(drawn.x, { h: drawn.h });
    const { bias_ih, bias_hh } = cell;
    if (bias_ih === undefined || bias_hh === undefined) throw new Error("biases by default");
    const part = (index: number, x: Vector, h: Vector) => {
      const fromHidden = affine(gate(rows(cell.weight_hh), index, hidden), h, gate(values(bias_hh), index, hidden));
      const fromInput = affine(gate(rows(cell.weight_ih), index, hidden), x, gate(values(bias_ih), index, hidden));
      return fromInput.map((value, j) => value + at(fromHidden, j));
    };
    const expected = plainRows(drawn).map(({ x, h }) => {
      const forget = part(0, x, h).map(logistic);
      const candidate = part(
        1,
        x,
        h.map((value, j) => at(forget, j) * value),
      ).map(Math.tanh);
      return h.map((value, j) => (1 - at(forget, j)) * value + at(forget, j) * at(candidate, j));
    });
    expectRows(output, expected);
    expect(state.h).toBe(output);
  });

  it("has two gates, and no bias without bias", () => {
    const shapes = Array.from(
      new MinimalGRUCell(input, hidden, { bias: false }).namedParameters(),
      ([name, { shape }]) => [name, shape],
    );
    expect(shapes).toEqual([
      ["weight_ih", [2 * hidden, input]],
      ["weight_hh", [2 * hidden, hidden]],
    ]);
  });
});

describe("the projection of an LSTM", () => {
  it("is a matrix on top of h, and everything reads the projected one", () => {
    const cell = new LSTMCell(input, hidden, { projSize: 2, generator: new Generator(75) });
    const shapes = Array.from(cell.namedParameters(), ([name, { shape }]) => [name, shape]);
    expect(shapes).toEqual([
      ["weight_ih", [4 * hidden, input]],
      ["weight_hh", [4 * hidden, 2]],
      ["bias_ih", [4 * hidden]],
      ["bias_hh", [4 * hidden]],
      ["weight_hr", [2, hidden]],
    ]);
    const state = cell.initialState(batch);
    expect([state.h.shape, state.c.shape]).toEqual([
      [batch, 2],
      [batch, hidden],
    ]);
    expect(cell.step(draw(76).x, state).output.shape).toEqual([batch, 2]);
  });

  it("starts within ±1/√hidden, as all weights do", () => {
    const { weight_hr } = new LSTMCell(2, 100, { projSize: 50, generator: new Generator(77) });
    const largest = Math.max(...(weight_hr === undefined ? [] : values(weight_hr)).map(Math.abs));
    expect(largest).toBeLessThanOrEqual(0.1);
    expect(largest).toBeGreaterThan(0.09);
  });

  it.each([4, 5, -1, 1.5])("%d is no size below the hidden one", (projSize) => {
    expect(() => new LSTM(input, hidden, { projSize })).toThrow(
      `LSTM: the option projSize is not an integer of 0 to 3: ${projSize}; use 0 to 3`,
    );
  });
});
