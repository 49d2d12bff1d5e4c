/** Reductions over axes, and normalisations composed of them. */
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
import { checkNumber, optionsOf } from "@tapegrad/core/internal";
import { add, div, mul, square, sub } from "../elementwise/arithmetic.ts";
import { exp } from "../elementwise/elementary.ts";
import type { Op } from "../elementwise/elementwise.ts";
import { stopGradient } from "../elementwise/identity.ts";
import { equal, indicator, where } from "../elementwise/select.ts";
import { slice } from "../movement/movement.ts";
import { asTensor, type DTypePolicy, operands, type TensorLike } from "../operands.ts";
import {
  axisOption,
  type ReductionAttributes,
  type ReductionOptions,
  reduce,
  reducedShape,
  reductionOptions,
  reshape,
  sum,
} from "./sum-and-broadcast.ts";

function reduction(
  name: string,
  dtypes: DTypePolicy,
  weights: Weights<ReductionAttributes, 1>,
  tolerance: number,
): Op<[x: TensorLike, options?: ReductionOptions], ReductionAttributes, 1> {
  const op: OpDefinition<ReductionAttributes, 1> = {
    name,
    type: ([{ shape, dtype }], { axes }) => ({ shape: reducedShape(shape, axes), dtype }),
    derivative: { kind: "reduction", weights, saves: [0, "y"] },
    batching: { kind: "trailing" },
    tolerance,
  };
  return Object.assign(
    (x: TensorLike, options: ReductionOptions = {}) => reduce(op, operands(name, [x], dtypes)[0], options),
    { op },
  );
}

const extremeWeights: Weights<ReductionAttributes, 1> = ({ input, y, attributes: { axes } }) => {
  const hits = indicator(equal(input(0), y), y);
  return div(hits, sum(hits, { axis: axes, keepDims: true }));
};

/**
 * The largest element over `axis` (over all axes by default); elements that tie share the gradient equally. NaN if any is; −∞
 * without elements.
 * @pytorch torch.amax
 * @example
 * import { max, tensor } from "tapegrad";
 * console.log(max(tensor([[1, 5], [7, 2]]), { axis: 1 })); // → Tensor(float32 [2]) [5, 7]
 */
export const max = reduction("max", "numeric", extremeWeights, 0);
/**
 * The smallest element over `axis` (over all axes by default); elements that tie share the gradient equally. NaN if any is; ∞
 * without elements.
 * @pytorch torch.amin
 * @example
 * import { min, tensor } from "tapegrad";
 * console.log(min(tensor([[1, 5], [7, 2]]))); // → Tensor(float32 []) 1
 */
export const min = reduction("min", "numeric", extremeWeights, 0);

/**
 * log Σ eˣ over `axis` (over all axes by default), without overflow. The gradient is the softmax. Without elements, or if all
 * are −∞, the result is −∞ and the gradient 0.
 * @pytorch torch.logsumexp
 * @example
 * import { logSumExp, tensor } from "tapegrad";
 * console.log(logSumExp(tensor([1000, 1000]))); // → Tensor(float32 []) 1000.69
 */
export const logSumExp = reduction(
  "logSumExp",
  "floating",
  ({ input, y }) => exp(sub(input(0), where(equal(y, -Infinity), 0, y))),
  4,
);

/**
 * Arithmetic mean over `axis`; integers give the default float.
 * @pytorch torch.mean
 * @example
 * import { mean, tensor } from "tapegrad";
 * console.log(mean(tensor([[1, 2], [3, 4]]), { axis: 0 })); // → Tensor(float32 [2]) [2, 3]
 */
export function mean(x: TensorLike, options: ReductionOptions = {}): Tensor {
  optionsOf("mean", options, reductionOptions);
  const [value] = operands("mean", [x], "floating");
  const total = sum(value, options);
  return div(total, total.size === 0 ? 1 : value.size / total.size);
}

/** Options of `variance`. */
export interface VarianceOptions extends ReductionOptions {
  /** What is taken off the number of elements before dividing: 0 by default, 1 for the unbiased estimate of a sample. */
  readonly ddof?: number | undefined;
}

const varianceOptions = { ...reductionOptions, ddof: checkNumber } as const;

/**
 * Σ (x − mean)² / (n − ddof) over `axis`; NaN where nothing is left to divide by.
 * @pytorch torch.var
 * @example
 * import { tensor, variance } from "tapegrad";
 * const x = tensor([1, 2, 3, 4]);
 * console.log(variance(x), variance(x, { ddof: 1 })); // ddof 1 is PyTorch's default
 * // → Tensor(float32 []) 1.25 Tensor(float32 []) 1.66667
 */
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
 * @pytorch torch.prod
 * @example
 * import { grad, prod, tensor } from "tapegrad";
 * console.log(grad((x) => prod(x))(tensor([2, 0, 5]))); // → Tensor(float32 [3]) [ 0, 10,  0]
 */
export function prod(x: TensorLike, options: ReductionOptions = {}): Tensor {
  const { axis, keepDims = false } = optionsOf("prod", options, reductionOptions);
  const [value] = operands("prod", [x], "numeric");
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

/** Options of `argmax` and `argmin`. */
export interface ArgReductionOptions {
  /** Over the flattened tensor by default. */
  readonly axis?: number | undefined;
  /** Keeps the reduced axis, or all, with length 1. */
  readonly keepDims?: boolean | undefined;
}

function argReduction(name: string): Op<[x: TensorLike, options?: ArgReductionOptions], AxisAttributes, 1> {
  const op: OpDefinition<AxisAttributes, 1> = {
    name,
    type: ([x], { axis }) => ({ shape: nonEmptyAxis(name, x.shape, axis), dtype: "int32" }),
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

/**
 * Position of the largest element along `axis` (of the flattened tensor by default); the first of equals; NaN is largest.
 * @pytorch torch.argmax
 * @example
 * import { argmax, tensor } from "tapegrad";
 * console.log(argmax(tensor([[1, 9], [8, 2]]), { axis: 1 })); // → Tensor(int32 [2]) [1, 0]
 */
export const argmax = argReduction("argmax");
/**
 * Position of the smallest element along `axis` (of the flattened tensor by default); the first of equals; NaN is smallest.
 * @pytorch torch.argmin
 * @example
 * import { argmin, tensor } from "tapegrad";
 * console.log(argmin(tensor([3, 1, 2]))); // → Tensor(int32 []) 1
 */
export const argmin = argReduction("argmin");

/** Options of what works along one axis. */
export interface AxisOptions {
  /** The last by default. */
  readonly axis?: number | undefined;
}

/**
 * eˣ / Σ eˣ along `axis` (the last by default), of any magnitude.
 * @pytorch torch.softmax
 * @example
 * import { softmax, tensor } from "tapegrad";
 * console.log(softmax(tensor([0, Math.log(3)]))); // → Tensor(float32 [2]) [0.25, 0.75]
 */
export function softmax(x: TensorLike, options: AxisOptions = {}): Tensor {
  optionsOf("softmax", options, axisOption);
  return exp(logSoftmax(x, options));
}

/**
 * x − log Σ eˣ along `axis` (the last by default). The largest is taken off first, which changes nothing but the rounding:
 * beside 1e4, a log of Σ would keep three digits in float32.
 * @pytorch torch.log_softmax
 * @example
 * import { logSoftmax, tensor } from "tapegrad";
 * console.log(logSoftmax(tensor([0, Math.log(3)]))); // → Tensor(float32 [2]) [ -1.38629, -0.287682]
 */
export function logSoftmax(x: TensorLike, options: AxisOptions = {}): Tensor {
  const { axis = -1 } = optionsOf("logSoftmax", options, axisOption);
  const shifted = sub(x, stopGradient(max(x, { axis, keepDims: true })));
  return sub(shifted, logSumExp(shifted, { axis, keepDims: true }));
}
