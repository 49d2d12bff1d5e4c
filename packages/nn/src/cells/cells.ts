/** PyTorch's recurrent cells. Each is one step of its equation, with PyTorch's parameter names and order of gates. */
import { type Parameter, type Tensor, UnsupportedError } from "@tapegrad/core";
import { checkBoolean, checkCount, describeValue, optionsOf } from "@tapegrad/core/internal";
import { add, cast, greater, matmul, mul, relu, sigmoid, square, sub, tanh } from "@tapegrad/ops";
import { generatorOr, uniformParameter } from "../initialization/initialization.ts";
import type { HiddenState, LSTMState } from "./cell.ts";
import { type CellOptions, cellOptions, GatedCell, gates } from "./gated-cell.ts";

/** Options of `new RNNCell`. */
export interface RNNCellOptions extends CellOptions {
  readonly nonlinearity?: "tanh" | "relu" | undefined;
}

export const rnnCellOptions = { nonlinearity: checkNonlinearity, ...cellOptions } as const;

function checkNonlinearity(op: string, what: string, nonlinearity: unknown): void {
  if (nonlinearity === "tanh" || nonlinearity === "relu") return;
  throw new UnsupportedError(op, `the ${what} is ${describeValue(nonlinearity)}`, 'use "tanh" or "relu"');
}

/**
 * Elman's network (1990): h′ = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or relu.
 * @pytorch torch.nn.RNNCell
 * @example
 * import { ones, RNNCell } from "tapegrad";
 * const cell = new RNNCell(3, 8);
 * const { output, state } = cell.step(ones([2, 3]), cell.initialState(2));
 * console.log(output.shape, Object.keys(state)); // → [ 2, 8 ] [ 'h' ]
 */
export class RNNCell extends GatedCell<HiddenState> {
  /** "tanh" or "relu". */
  readonly nonlinearity: "tanh" | "relu";

  constructor(input: number, hidden: number, options: RNNCellOptions = {}) {
    const { nonlinearity = "tanh", ...rest } = optionsOf(new.target.name, options, rnnCellOptions);
    super(1, input, hidden, rest);
    this.nonlinearity = nonlinearity;
  }

  initialState(batch: number): HiddenState {
    return { h: this.zeroState(batch) };
  }

  protected advance(x: Tensor, { h }: HiddenState) {
    const activation = this.nonlinearity === "tanh" ? tanh : relu;
    const hidden = activation(add(this.inputProjection(x), this.hiddenProjection(h)));
    return { output: hidden, state: { h: hidden } };
  }

  /** The nonlinearity's derivative where its result is `h`, so that ∂h′/∂h = diag(slope(h′))·W_hh. */
  slope(h: Tensor): Tensor {
    return this.nonlinearity === "tanh" ? sub(1, square(h)) : cast(greater(h, 0), h.dtype);
  }
}

/** Options of `new LSTMCell`. */
export interface LSTMCellOptions extends CellOptions {
  /** The size of a learned projection of h, below `hidden`; 0, the default, is none. */
  readonly projSize?: number | undefined;
}

export const lstmCellOptions = { projSize: true, ...cellOptions } as const;

/** @throws ShapeError unless `projSize`, the size of a projection, is below `hidden`. */
export function checkProjection(op: string, hidden: number, projSize: number): void {
  checkCount(op, "option projSize", projSize, 0, checkCount(op, "hidden size", hidden, 1) - 1);
}

/**
 * One step of a long short-term memory (Hochreiter and Schmidhuber, 1997; forget gate: Gers et al., 2000; projection: Sak et
 * al., 2014). With i, f, o = σ(…) and g = tanh(…) of W_ih·x + b_ih + W_hh·h + b_hh: c′ = f ⊙ c + i ⊙ g and h′ = o ⊙
 * tanh(c′). x [batch, input], h and c [batch, hidden]. Gates in the order i f g o. A projection is `weight_hr` [projSize,
 * hidden].
 * @pytorch torch.nn.LSTMCell
 * @example
 * import { LSTMCell, ones } from "tapegrad";
 * const cell = new LSTMCell(3, 8);
 * let state = cell.initialState(2);
 * for (let t = 0; t < 5; t++) ({ state } = cell.step(ones([2, 3]), state));
 * console.log(state.h.shape, state.c.shape); // → [ 2, 8 ] [ 2, 8 ]
 */
export class LSTMCell extends GatedCell<LSTMState> {
  /** The projection of h, [projSize, hidden], where there is one. */
  readonly weight_hr: Parameter | undefined;

  /** @throws ShapeError unless `projSize` is an integer from 0 to hidden − 1. */
  constructor(input: number, hidden: number, options: LSTMCellOptions = {}) {
    const { projSize = 0, ...rest } = optionsOf(new.target.name, options, lstmCellOptions);
    checkProjection(new.target.name, hidden, projSize);
    const generator = generatorOr(rest.generator);
    super(4, input, hidden, { ...rest, generator }, projSize === 0 ? hidden : projSize);
    const bound = 1 / Math.sqrt(hidden);
    this.weight_hr =
      projSize === 0 ? undefined : uniformParameter(new.target.name, "weight_hr", [projSize, hidden], bound, generator);
  }

  initialState(batch: number): LSTMState {
    return { h: this.zeroState(batch, this.output), c: this.zeroState(batch) };
  }

  protected advance(x: Tensor, { h, c }: LSTMState) {
    const [i, f, g, o] = gates(add(this.inputProjection(x), this.hiddenProjection(h)), 4);
    const cell = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    const hidden = this.#projected(mul(sigmoid(o), tanh(cell)));
    return { output: hidden, state: { h: hidden, c: cell } };
  }

  #projected(hidden: Tensor): Tensor {
    return this.weight_hr === undefined ? hidden : matmul(hidden, this.weight_hr, { transposeRight: true });
  }
}

/** Options of `new GRUCell`. */
export interface GRUCellOptions extends CellOptions {
  /** Whether the reset gate acts after the matrix product (PyTorch, the default) or on h before it (Cho et al., 2014). */
  readonly resetAfter?: boolean | undefined;
}

export const gruCellOptions = { resetAfter: checkBoolean, ...cellOptions } as const;

/**
 * One step of a gated recurrent unit (Cho et al., 2014). r and z = σ(W·x + b + U·h + d); n = tanh(W_n·x + b_n + r ⊙ (U_n·h +
 * d_n)); h′ = (1 − z) ⊙ n + z ⊙ h. With `resetAfter: false` the candidate reads U_n·(r ⊙ h) instead, as in the paper. x
 * [batch, input], h [batch, hidden]. Gates in the order r z n.
 * @pytorch torch.nn.GRUCell
 * @example
 * import { GRUCell, ones } from "tapegrad";
 * const cell = new GRUCell(3, 8);
 * console.log(cell.step(ones([2, 3]), cell.initialState(2)).output.shape); // → [ 2, 8 ]
 */
export class GRUCell extends GatedCell<HiddenState> {
  /** Whether the reset gate acts after the matrix product, as in PyTorch. */
  readonly resetAfter: boolean;

  constructor(input: number, hidden: number, options: GRUCellOptions = {}) {
    const { resetAfter = true, ...rest } = optionsOf(new.target.name, options, gruCellOptions);
    super(3, input, hidden, rest);
    this.resetAfter = resetAfter;
  }

  initialState(batch: number): HiddenState {
    return { h: this.zeroState(batch) };
  }

  protected advance(x: Tensor, { h }: HiddenState) {
    return this.resetAfter ? this.#resetAfter(x, h) : this.#resetBefore(x, h);
  }

  #resetAfter(x: Tensor, h: Tensor) {
    const [xr, xz, xn] = gates(this.inputProjection(x), 3);
    const [hr, hz, hn] = gates(this.hiddenProjection(h), 3);
    const reset = sigmoid(add(xr, hr));
    const update = sigmoid(add(xz, hz));
    const candidate = tanh(add(xn, mul(reset, hn)));
    const hidden = add(mul(sub(1, update), candidate), mul(update, h));
    return { output: hidden, state: { h: hidden } };
  }

  #resetBefore(x: Tensor, h: Tensor) {
    const [xr, xz, xn] = gates(this.inputProjection(x), 3);
    const [hr, hz] = gates(this.hiddenGates(h, 0, 2), 2);
    const reset = sigmoid(add(xr, hr));
    const update = sigmoid(add(xz, hz));
    const candidate = tanh(add(xn, this.hiddenGates(mul(reset, h), 2, 3)));
    const hidden = add(mul(sub(1, update), candidate), mul(update, h));
    return { output: hidden, state: { h: hidden } };
  }
}
