/**
 * Two tasks that need memory (Hochreiter and Schmidhuber, 1997). Every batch is drawn anew by ops alone, so that drawing can be
 * part of a compiled step.
 */
import { add, cast, concat, floor, full, type Generator, mul, oneHot, stack, sum, type Tensor, zeros } from "tapegrad";

export interface MemoryBatch {
  /** [batch, time, feature]. */
  readonly inputs: Tensor;
  readonly targets: Tensor;
}

/** Features of a time step in the adding task. */
export const addingFeatures = 2;
/** Mean squared error of always answering 1, the mean of the sums: 2 · 1/12. */
export const addingBaseline = 1 / 6;

/**
 * The adding problem: a number from [0, 1) at each of `length` steps, and a mark at two of them, one in each half. Target
 * [batch, 1] is the sum of the two marked numbers.
 */
export function addingBatch(generator: Generator, batch: number, length: number): MemoryBatch {
  const values = generator.uniform([batch, length]);
  const half = Math.floor(length / 2);
  const draw = (low: number, high: number) => cast(floor(generator.uniform([batch], { low, high })), "int32");
  const marks = add(oneHot(draw(0, half), length), oneHot(draw(half, length), length));
  return {
    inputs: stack([values, marks], { axis: -1 }),
    targets: sum(mul(values, marks), { axis: 1, keepDims: true }),
  };
}

/** How many symbols are to be remembered in the copying task of the literature. */
export const standardCopied = 10;
/** How many different ones there are. */
const symbols = 8;
/** Symbols 1 to 8, 0 for nothing, and the sign to begin. */
export const copyingTokens = symbols + 2;
/** The share of symbols that are wrong when one is named at random. */
export const copyingBaseline = 1 - 1 / symbols;

/**
 * The copying task: `copied` symbols, nothing for `length` steps, of which the last is the sign to begin, then as many steps to
 * repeat the symbols in order. Inputs are one-hot; targets int32 [batch, time] are 0, nothing, up to those last steps.
 */
export function copyingBatch(generator: Generator, batch: number, length: number, copied: number): MemoryBatch {
  const sequence = cast(floor(generator.uniform([batch, copied], { low: 1, high: 1 + symbols })), "int32");
  const nothing = (steps: number) => zeros([batch, steps], { dtype: "int32" });
  const sign = full([batch, 1], copyingTokens - 1, { dtype: "int32" });
  const read = concat([sequence, nothing(length - 1), sign, nothing(copied)], { axis: 1 });
  return {
    inputs: oneHot(read, copyingTokens),
    targets: concat([nothing(length + copied), sequence], { axis: 1 }),
  };
}
