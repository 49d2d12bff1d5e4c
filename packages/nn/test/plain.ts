/** The recurrent equations in plain numbers, one sequence element at a time: what the cells are held to. */
import type { Parameter, Tensor } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";

export type Vector = readonly number[];
export type Matrix = readonly Vector[];

export function values(t: Tensor | Parameter): number[] {
  return Array.from(t.dataSync());
}

/** A matrix row by row. */
export function rows(t: Tensor | Parameter): number[][] {
  const [count = 0, width = 0] = t.shape;
  const flat = values(t);
  return Array.from({ length: count }, (_, row) => flat.slice(row * width, (row + 1) * width));
}

export function at(vector: Vector, index: number): number {
  return defined(vector[index], `element ${index}`);
}

export const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
export const logit = (p: number): number => Math.log(p / (1 - p));

/** W·x + b. */
export function affine(W: Matrix, x: Vector, b: Vector): number[] {
  return W.map((row, i) => row.reduce((sum, weight, j) => sum + weight * at(x, j), at(b, i)));
}

/** Rows or elements of gate number `gate`, of `hidden` each. */
export function gate<T>(stacked: readonly T[], index: number, hidden: number): readonly T[] {
  return stacked.slice(index * hidden, (index + 1) * hidden);
}

export interface PlainCell {
  readonly weight_ih: Matrix;
  readonly weight_hh: Matrix;
  readonly bias_ih: Vector;
  readonly bias_hh: Vector;
}

/** Gate `index` before its nonlinearity: W_ih·x + b_ih + W_hh·h + b_hh. */
function preactivation(cell: PlainCell, index: number, x: Vector, h: Vector): number[] {
  const n = h.length;
  const fromInput = affine(gate(cell.weight_ih, index, n), x, gate(cell.bias_ih, index, n));
  const fromHidden = affine(gate(cell.weight_hh, index, n), h, gate(cell.bias_hh, index, n));
  return fromInput.map((value, j) => value + at(fromHidden, j));
}

/** h_t = f(W_hh h_{t-1} + W_xh x_t + b). */
export function plainRNN(cell: PlainCell, nonlinearity: (x: number) => number, x: Vector, h: Vector): number[] {
  return preactivation(cell, 0, x, h).map(nonlinearity);
}

/** c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t; h_t = o_t ⊙ tanh(c_t). */
export function plainLSTM(cell: PlainCell, x: Vector, h: Vector, c: Vector): { h: number[]; c: number[] } {
  const i = preactivation(cell, 0, x, h).map(logistic);
  const f = preactivation(cell, 1, x, h).map(logistic);
  const g = preactivation(cell, 2, x, h).map(Math.tanh);
  const o = preactivation(cell, 3, x, h).map(logistic);
  const next = c.map((value, j) => at(f, j) * value + at(i, j) * at(g, j));
  return { c: next, h: next.map((value, j) => at(o, j) * Math.tanh(value)) };
}

/**
 * h_t = (1 − z_t) ⊙ h_{t-1} + z_t ⊙ h̃_t as the study notes write it; PyTorch's z is 1 − this one. The reset gate acts on the
 * matrix product (`after`) or on h before it.
 */
export function plainGRU(cell: PlainCell, after: boolean, x: Vector, h: Vector): number[] {
  const n = h.length;
  const r = preactivation(cell, 0, x, h).map(logistic);
  const z = preactivation(cell, 1, x, h).map((value) => 1 - logistic(value));
  const [W, U] = [gate(cell.weight_ih, 2, n), gate(cell.weight_hh, 2, n)];
  const [b, d] = [gate(cell.bias_ih, 2, n), gate(cell.bias_hh, 2, n)];
  const fromInput = affine(W, x, b);
  const fromHidden = after
    ? affine(U, h, d).map((value, j) => at(r, j) * value)
    : affine(
        U,
        h.map((value, j) => at(r, j) * value),
        d,
      );
  const candidate = fromInput.map((value, j) => Math.tanh(value + at(fromHidden, j)));
  return h.map((value, j) => (1 - at(z, j)) * value + at(z, j) * at(candidate, j));
}
