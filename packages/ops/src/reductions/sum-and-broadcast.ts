/**
 * Sum and its transpose, broadcastTo, with the reshape that drops the axes which sum keeps. Rules apply these records. They do
 * not need the public functions, which check the arguments of users.
 */
import {
  apply,
  formatShape,
  normalizeAxes,
  normalizeAxis,
  type OpDefinition,
  type Shape,
  ShapeError,
  sameShape,
  sizeOf,
  type Tensor,
} from "@tapegrad/core";
import { checkList, checkShape, optionsOf } from "@tapegrad/core/internal";
import { asTensor, operands, type TensorLike } from "../operands.ts";

/** Options of reductions. */
export interface ReductionOptions {
  /** Axes to reduce, negative ones counted from the end; all by default. */
  readonly axis?: number | readonly number[] | undefined;
  /** Keeps reduced axes with length 1. */
  readonly keepDims?: boolean | undefined;
}

export const reductionOptions = { axis: true, keepDims: true } as const;

/** Reductions keep their axes, which are negative: a leading batch axis changes nothing. */
export interface ReductionAttributes {
  readonly axes: readonly number[];
}

export function reducedShape(shape: Shape, axes: readonly number[]): number[] {
  return shape.map((length, axis) => (axes.includes(axis - shape.length) ? 1 : length));
}

/** Applies a reduction that keeps its axes and drops them if `keepDims` is off. */
export function reduce(op: OpDefinition<ReductionAttributes, 1>, x: Tensor, options: ReductionOptions): Tensor {
  const { axis, keepDims = false } = optionsOf(op.name, options, reductionOptions);
  const axes = normalizeAxes(op.name, axis, x.shape);
  const kept = apply(op, [x], { axes: axes.map((at) => at - x.rank) });
  return keepDims
    ? kept
    : reshaped(
        kept,
        x.shape.filter((_, at) => !axes.includes(at)),
      );
}

export const sumOp: OpDefinition<ReductionAttributes, 1> = {
  name: "sum",
  type: ([{ shape, dtype }], { axes }) => ({ shape: reducedShape(shape, axes), dtype }),
  derivative: {
    kind: "linear",
    inputs: "all",
    saves: [],
    transpose: (g, { inputTypes }) => repeated(g, inputTypes[0].shape),
  },
  batching: { kind: "trailing" },
  // Pairwise or blocked summation: a few roundings of the largest partial sum.
  tolerance: 8,
};

/**
 * Sum over `axis` (all axes by default). Integers and bools sum as int32.
 * @pytorch torch.sum
 * @example
 * import { sum, tensor } from "tapegrad";
 * const x = tensor([[1, 2], [3, 4]]);
 * console.log(sum(x), sum(x, { axis: 0 })); // → Tensor(float32 []) 10 Tensor(float32 [2]) [4, 6]
 */
export function sum(x: TensorLike, options: ReductionOptions = {}): Tensor {
  return reduce(sumOp, operands("sum", [x], "numeric")[0], options);
}

export const reshapeOp: OpDefinition<{ readonly shape: Shape }, 1> = {
  name: "reshape",
  type: ([{ shape: from, dtype }], { shape }) => {
    if (sizeOf(from) !== sizeOf(shape)) throw sizesDiffer(from, shape, sizeOf(shape));
    return { shape, dtype };
  },
  derivative: {
    kind: "linear",
    inputs: "all",
    saves: [],
    transpose: (g, { inputTypes }) => reshaped(g, inputTypes[0].shape),
  },
  batching: {
    kind: "rule",
    rule: ([x], { shape }, { size }) => reshaped(x, [size, ...shape]),
  },
  tolerance: 0,
};

function reshaped(x: Tensor, shape: Shape): Tensor {
  return apply(reshapeOp, [x], { shape });
}

function sizesDiffer(from: Shape, to: Shape, known: number): ShapeError {
  return new ShapeError(
    "reshape",
    `sizes differ: ${formatShape(from)} to ${formatShape(to)} (${sizeOf(from)} ≠ ${known})`,
    "keep the number of elements",
  );
}

/**
 * The same elements in another shape; one length may be −1, to be inferred.
 * @throws ShapeError when sizes differ.
 * @pytorch torch.reshape
 * @example
 * import { arange, reshape } from "tapegrad";
 * console.log(reshape(arange(6), [2, -1]).shape); // → [ 2, 3 ]
 */
export function reshape(x: TensorLike, shape: Shape): Tensor {
  const value = asTensor(x);
  return reshaped(value, inferLength(value.shape, shape));
}

function inferLength(from: Shape, to: Shape): Shape {
  const unknown = checkList("reshape", "lengths", to, "[2, 3]").indexOf(-1);
  if (to.some((length) => length !== -1 && !(Number.isSafeInteger(length) && length >= 0))) checkShape("reshape", to);
  const known = sizeOf(to.filter((_, axis) => axis !== unknown));
  const shape = unknown < 0 ? to : to.with(unknown, known === 0 ? 0 : sizeOf(from) / known);
  if (!shape.every(Number.isInteger)) throw sizesDiffer(from, to, known);
  return checkShape("reshape", shape);
}

/** Of the ops that have no other option. */
export const axisOption = { axis: true } as const;

/**
 * Drops axes of length 1: those named, or all.
 * @throws ShapeError when a named axis is longer.
 * @pytorch torch.squeeze
 * @example
 * import { ones, squeeze } from "tapegrad";
 * console.log(squeeze(ones([1, 3, 1])).shape, squeeze(ones([1, 3, 1]), { axis: 0 }).shape); // → [ 3 ] [ 3, 1 ]
 */
export function squeeze(
  x: TensorLike,
  options: { readonly axis?: number | readonly number[] | undefined } = {},
): Tensor {
  const { axis } = optionsOf("squeeze", options, axisOption);
  const value = asTensor(x);
  const axes = axis === undefined ? undefined : normalizeAxes("squeeze", axis, value.shape);
  const long = axes?.find((at) => value.shape[at] !== 1);
  if (long !== undefined) {
    throw new ShapeError(
      "squeeze",
      `axis ${long} is not of length 1: ${formatShape(value.shape)} (${value.shape[long]} ≠ 1)`,
    );
  }
  return reshaped(
    value,
    value.shape.filter((length, at) => (axes === undefined ? length !== 1 : !axes.includes(at))),
  );
}

/**
 * Inserts an axis of length 1 so that it becomes axis `axis` of the result.
 * @throws ShapeError for an axis that the result does not have.
 * @pytorch torch.unsqueeze
 * @example
 * import { expandDims, ones } from "tapegrad";
 * console.log(expandDims(ones([3]), { axis: -1 }).shape); // → [ 3, 1 ]
 */
export function expandDims(x: TensorLike, options: { readonly axis: number }): Tensor {
  const { axis } = optionsOf("expandDims", options, axisOption);
  const value = asTensor(x);
  return reshaped(value, value.shape.toSpliced(normalizeAxis("expandDims", axis, [...value.shape, 1]), 0, 1));
}

export const broadcastToOp: OpDefinition<{ readonly shape: Shape }, 1> = {
  name: "broadcastTo",
  type: ([{ dtype }], { shape }) => ({ shape, dtype }),
  derivative: {
    kind: "linear",
    inputs: "all",
    saves: [],
    transpose: (g, { inputTypes }) => sumTo(g, inputTypes[0].shape),
  },
  batching: {
    kind: "rule",
    rule: ([x], { shape }, { size }) => {
      const inner = x.shape.slice(1);
      const missing = shape.slice(inner.length).map(() => 1);
      return repeated(reshaped(x, [size, ...missing, ...inner]), [size, ...shape]);
    },
  },
  tolerance: 0,
};

/** `x`, which broadcasts to `shape`, in that shape. */
export function repeated(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply(broadcastToOp, [x], { shape });
}

/**
 * Repeats `x` along axes of length 1 or missing in front.
 * @throws ShapeError unless `x` broadcasts to `shape`.
 * @pytorch torch.broadcast_to
 * @example
 * import { broadcastTo, tensor } from "tapegrad";
 * console.log(broadcastTo(tensor([1, 2]), [2, 2]));
 * // → Tensor(float32 [2,2])
 * // → [[1, 2],
 * // →  [1, 2]]
 */
export function broadcastTo(x: TensorLike, shape: Shape): Tensor {
  const value = asTensor(x);
  if (sameShape(value.shape, checkList("broadcastTo", "lengths", shape, "[2, 3]"))) return value;
  const missing = shape.length - value.rank;
  const differs = value.shape.findIndex((length, axis) => length !== 1 && length !== shape[axis + missing]);
  if (missing < 0 || differs >= 0) {
    const why =
      missing < 0
        ? `rank ${value.rank} > ${shape.length}`
        : `axis ${differs - value.rank}: ${value.shape[differs]} ≠ ${shape[differs + missing]}`;
    throw new ShapeError(
      "broadcastTo",
      `does not broadcast: ${formatShape(value.shape)} to ${formatShape(shape)} (${why})`,
    );
  }
  return repeated(value, checkShape("broadcastTo", shape));
}

/** The transpose of broadcasting: sums `g` over every axis along which `shape` would be repeated. */
export function sumTo(g: Tensor, shape: Shape): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const missing = g.rank - shape.length;
  const axes = g.shape.flatMap((length, axis) =>
    axis < missing || shape[axis - missing] !== length ? [axis - g.rank] : [],
  );
  return reshaped(axes.length === 0 ? g : apply(sumOp, [g], { axes }), shape);
}
