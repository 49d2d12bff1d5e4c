/** Reductions over axes, and the normalisations made of them. */
import {
  apply,
  formatShape,
  normalizeAxes,
  normalizeAxis,
  type OpDefinition,
  type Shape,
  ShapeError,
  type Tensor,
  type Weights,
} from "@tapegrad/core";
import { checkNumber, defined, optionsOf } from "@tapegrad/core/internal";
import { add, div, mul, square, sub } from "./arithmetic.ts";
import { exp } from "./elementary.ts";
import type { Op } from "./elementwise.ts";
import { stopGradient } from "./identity.ts";
import { asTensor, type DTypePolicy, operands, type TensorLike } from "./operands.ts";
import { equal, indicator, where } from "./select.ts";
import {
  axisOption,
  type ReductionAttributes,
  type ReductionOptions,
  reduce,
  reducedShape,
  reductionOptions,
  reshape,
  sum,
} from "./spread.ts";
import { slice } from "./windows.ts";

function reduction(
  name: string,
  dtypes: DTypePolicy,
  weights: Weights<ReductionAttributes>,
  tolerance: number,
): Op<[x: TensorLike, options?: ReductionOptions], ReductionAttributes> {
  const op: OpDefinition<ReductionAttributes> = {
    name,
    type: ([x], { axes }) => ({
      shape: reducedShape(defined(x, "operand").shape, axes),
      dtype: defined(x, "operand").dtype,
    }),
    derivative: { kind: "reduction", weights, saves: [0, "y"] },
    batching: { kind: "trailing" },
    tolerance,
  };
  return Object.assign(
    (x: TensorLike, options: ReductionOptions = {}) =>
      reduce(op, defined(operands(name, [x], dtypes)[0], "operand"), options),
    { op },
  );
}

const extremeWeights: Weights<ReductionAttributes> = ({ input, y, attributes: { axes } }) => {
  const hits = indicator(equal(input(0), y), y);
  return div(hits, sum(hits, { axis: axes, keepDims: true }));
};

/** Largest element; elements that tie share the gradient equally. NaN if any is. −∞ of nothing. */
export const max = reduction("max", "numeric", extremeWeights, 0);
/** Smallest element; elements that tie share the gradient equally. NaN if any is. ∞ of nothing. */
export const min = reduction("min", "numeric", extremeWeights, 0);

/** log Σ eˣ without overflow; −∞ of nothing or of −∞ alone, whose gradient is 0. Its weights are the softmax. */
export const logSumExp = reduction(
  "logSumExp",
  "floating",
  ({ input, y }) => exp(sub(input(0), where(equal(y, -Infinity), 0, y))),
  4,
);

/** Arithmetic mean over `axis`; integers give the default float. */
export function mean(x: TensorLike, options: ReductionOptions = {}): Tensor {
  optionsOf("mean", options, reductionOptions);
  const value = defined(operands("mean", [x], "floating")[0], "operand");
  const total = sum(value, options);
  return div(total, total.size === 0 ? 1 : value.size / total.size);
}

export interface VarianceOptions extends ReductionOptions {
  /** What is taken off the number of elements before dividing: 0 by default, 1 for the unbiased estimate of a sample. */
  readonly ddof?: number;
}

const varianceOptions = { ...reductionOptions, ddof: checkNumber } as const;

/** Σ (x − mean)² / (n − ddof) over `axis`; NaN where nothing is left to divide by. */
export function variance(x: TensorLike, options: VarianceOptions = {}): Tensor {
  const { ddof = 0, ...over } = optionsOf("variance", options, varianceOptions);
  const squares = square(sub(x, mean(x, { ...over, keepDims: true })));
  if (ddof === 0) return mean(squares, over);
  const total = sum(squares, over);
  return div(total, Math.max(0, (total.size === 0 ? 1 : squares.size / total.size) - ddof));
}

/**
 * Product over `axis`. Neighbours are multiplied first, so that a product overflows only where one of a run of elements does,
 * and zeros are no special case for the derivative. Where the product of one run overflows and that of another rounds to 0, the
 * result is NaN.
 */
export function prod(x: TensorLike, options: ReductionOptions = {}): Tensor {
  const { axis, keepDims = false } = optionsOf("prod", options, reductionOptions);
  const value = defined(operands("prod", [x], "numeric")[0], "operand");
  const axes = normalizeAxes("prod", axis, value.shape);
  const reduced = axes.reduce(halve, value);
  return keepDims
    ? reduced
    : reshape(
        reduced,
        value.shape.filter((_, at) => !axes.includes(at)),
      );
}

function halve(x: Tensor, axis: number): Tensor {
  const length = x.shape[axis] ?? 1;
  if (length === 1) return x;
  if (length === 0) return add(sum(x, { axis, keepDims: true }), 1);
  const even = length - (length % 2);
  const every = (start: number, stop: number, step: number) =>
    slice(
      x,
      x.shape.map((_, at) => (at === axis ? start : 0)),
      x.shape.map((size, at) => (at === axis ? stop : size)),
      x.shape.map((_, at) => (at === axis ? step : 1)),
    );
  const pairs = halve(mul(every(0, even, 2), every(1, even, 2)), axis);
  return even === length ? pairs : mul(pairs, every(even, length, 1));
}

/** The index attribute of arg-ops. */
export interface AxisAttributes {
  readonly axis: number;
}

export interface ArgReductionOptions {
  /** Over the flattened tensor by default. */
  readonly axis?: number;
  /** Keeps the reduced axis, or all, with length 1. */
  readonly keepDims?: boolean;
}

function argReduction(name: string): Op<[x: TensorLike, options?: ArgReductionOptions], AxisAttributes> {
  const op: OpDefinition<AxisAttributes> = {
    name,
    type: ([x], { axis }) => ({ shape: nonEmptyAxis(name, defined(x, "operand").shape, axis), dtype: "int32" }),
    derivative: { kind: "none" },
    batching: { kind: "trailing" },
    tolerance: 0,
  };
  return Object.assign(
    (x: TensorLike, options: ArgReductionOptions = {}) => {
      const { axis, keepDims = false } = optionsOf(name, options, reductionOptions);
      const value = axis === undefined ? reshape(asTensor(x), [-1]) : asTensor(x);
      const at = normalizeAxis(name, axis === undefined ? 0 : axis, value.shape);
      const kept = apply(op, [value], { axis: at - value.rank });
      return keepDims
        ? axis === undefined
          ? reshape(
              kept,
              asTensor(x).shape.map(() => 1),
            )
          : kept
        : reshape(kept, value.shape.toSpliced(at, 1));
    },
    { op },
  );
}

function nonEmptyAxis(name: string, shape: Shape, axis: number): Shape {
  if (shape.at(axis) === 0)
    throw new ShapeError(name, `axis ${axis} is empty: ${formatShape(shape)}`, "there is no position to return");
  return reducedShape(shape, [axis]);
}

/** Position of the largest element along `axis` (of the flattened tensor by default); the first of equals; NaN is largest. */
export const argmax = argReduction("argmax");
/** Position of the smallest element along `axis` (of the flattened tensor by default); the first of equals; NaN is smallest. */
export const argmin = argReduction("argmin");

export interface AxisOptions {
  /** The last by default. */
  readonly axis?: number;
}

/** eˣ / Σ eˣ along `axis` (the last by default), of any magnitude. */
export function softmax(x: TensorLike, options: AxisOptions = {}): Tensor {
  optionsOf("softmax", options, axisOption);
  return exp(logSoftmax(x, options));
}

/**
 * x − log Σ eˣ along `axis` (the last by default). The largest is taken off first, which changes nothing but the rounding:
 * beside 1e4, a log of Σ would keep three digits in float32.
 */
export function logSoftmax(x: TensorLike, options: AxisOptions = {}): Tensor {
  const { axis = -1 } = optionsOf("logSoftmax", options, axisOption);
  const shifted = sub(x, stopGradient(max(x, { axis, keepDims: true })));
  return sub(shifted, logSumExp(shifted, { axis, keepDims: true }));
}
