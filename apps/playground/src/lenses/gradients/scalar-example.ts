/** The constants of the scalar example h_t = tanh(2 x + W h_{t−1} + b) that page and engine share. */

export interface ScalarSettings {
  /** The same at every step. */
  readonly x: number;
  readonly weight: number;
  readonly bias: number;
  /** T, at least 1. */
  readonly steps: number;
}

export interface ScalarFlow {
  /** h_t for t = 0 … T. */
  readonly states: readonly number[];
  /** What tanh is of at steps 1 … T, and tanh′ there. */
  readonly sums: readonly number[];
  readonly slopes: readonly number[];
  /** ∂h_T/∂h_t for t = 0 … T. */
  readonly gradients: readonly number[];
}
