/**
 * Reading and writing by index. Each read is the transpose of an add-at: gather of scatterAdd, take of indexAdd. An index
 * out of range reads NaN (0 in integers) and writes nowhere, on every backend.
 */
import {
  apply,
  type BatchContext,
  DTypeError,
  formatShape,
  normalizeAxis,
  type OpDefinition,
  promote,
  type Shape,
  ShapeError,
  type Tensor,
} from "@tapegrad/core";
import { checkCount, defined, isNumberLike, optionsOf } from "@tapegrad/core/internal";
import { filledWith, positions } from "../creation/constant.ts";
import { add, mul } from "../elementwise/arithmetic.ts";
import { greaterEqual, less, logicalAnd, where } from "../elementwise/select.ts";
import { asTensor, cast, operandAs, operands, type TensorLike, tensorOf } from "../operands.ts";
import type { AxisAttributes, AxisOptions } from "../reductions/reductions.ts";
import { axisOption, broadcastTo, reshape } from "../reductions/sum-and-broadcast.ts";
import { slice, transpose } from "./movement.ts";

export const gatherOp: OpDefinition<AxisAttributes> = {
  name: "gather",
  type: ([x, indices]) => ({ shape: defined(indices, "indices").shape, dtype: defined(x, "operand").dtype }),
  derivative: {
    kind: "linear",
    inputs: [0],
    saves: [1],
    transpose: (g, { input, inputTypes, attributes }) =>
      apply(scatterAddOp, [filledWith(inputTypes[0]?.shape ?? [], 0, g.dtype, g), input(1), g], attributes),
  },
  batching: { kind: "trailing" },
  tolerance: 0,
};

export const scatterAddOp: OpDefinition<AxisAttributes> = {
  name: "scatterAdd",
  type: ([x]) => ({ shape: defined(x, "operand").shape, dtype: defined(x, "operand").dtype }),
  derivative: {
    kind: "linear",
    inputs: [0, 2],
    saves: [1],
    transpose: (g, { input, attributes }, index) =>
      index === 0
        ? g
        : readInside(apply(gatherOp, [g, input(1)], attributes), input(1), g.shape.at(attributes.axis), 0),
  },
  batching: { kind: "trailing" },
  // As many roundings as there are updates of one element.
  tolerance: 8,
};

/**
 * `x` at `indices` along `axis` (the last by default): y[i][j] = x[i][indices[i][j]]. Off `axis`, `indices` broadcasts to `x`.
 * @throws DTypeError unless `indices` is int32, ShapeError when ranks or other axes differ.
 * @pytorch torch.gather
 * @example
 * import { gather, tensor } from "tapegrad";
 * const logProbabilities = tensor([[-0.1, -2.3], [-1.2, -0.4]]);
 * console.log(gather(logProbabilities, tensor([[0], [1]], { dtype: "int32" })));
 * // → Tensor(float32 [2,1])
 * // → [[-0.1],
 * // →  [-0.4]]
 */
export function gather(x: TensorLike, indices: TensorLike, options: AxisOptions = {}): Tensor {
  const { axis = -1 } = optionsOf("gather", options, axisOption);
  const value = asTensor(x);
  const at = checkedIndices("gather", indices, value);
  const negative = normalizeAxis("gather", axis, value.shape) - value.rank;
  return apply(gatherOp, [value, alongAxis("gather", value.shape, at, negative)], { axis: negative });
}

/**
 * `x` with `updates` added at `indices` along `axis` (the last by default); repeated indices add up.
 * @throws DTypeError unless `indices` is int32, ShapeError when shapes do not fit.
 * @pytorch torch.scatter_add
 * @example
 * import { ones, scatterAdd, tensor, zeros } from "tapegrad";
 * const tokens = tensor([0, 2, 2], { dtype: "int32" });
 * console.log(scatterAdd(zeros([3]), tokens, ones([3]))); // counts
 * // → Tensor(float32 [3]) [1, 0, 2]
 */
export function scatterAdd(x: TensorLike, indices: TensorLike, updates: TensorLike, options: AxisOptions = {}): Tensor {
  const { axis = -1 } = optionsOf("scatterAdd", options, axisOption);
  const [target, added] = operands("scatterAdd", [x, updates], "numeric");
  const [value, change] = [defined(target, "operand"), defined(added, "updates")];
  const negative = normalizeAxis("scatterAdd", axis, value.shape) - value.rank;
  const at = alongAxis("scatterAdd", value.shape, checkedIndices("scatterAdd", indices, value), negative);
  return apply(scatterAddOp, [value, at, broadcastTo(change, at.shape)], { axis: negative });
}

function alongAxis(op: string, shape: Shape, indices: Tensor, axis: number): Tensor {
  if (indices.rank !== shape.length) {
    throw new ShapeError(
      op,
      `ranks differ: ${formatShape(shape)} and indices ${formatShape(indices.shape)} (${shape.length} ≠ ${indices.rank})`,
      "give the indices every axis of x",
    );
  }
  return broadcastTo(indices, shape.with(axis, indices.shape.at(axis) ?? 1));
}

export const takeOp: OpDefinition<AxisAttributes> = {
  name: "take",
  type: ([x, indices], { axis }) => {
    const { shape, dtype } = defined(x, "operand");
    return { shape: shape.toSpliced(shape.length + axis, 1, ...defined(indices, "indices").shape), dtype };
  },
  derivative: {
    kind: "linear",
    inputs: [0],
    saves: [1],
    transpose: (g, { input, inputTypes, attributes }) =>
      apply(indexAddOp, [filledWith(inputTypes[0]?.shape ?? [], 0, g.dtype, g), input(1), g], attributes),
  },
  batching: { kind: "rule", rule: batchTake },
  tolerance: 0,
};

export const indexAddOp: OpDefinition<AxisAttributes> = {
  name: "indexAdd",
  type: ([x]) => ({ shape: defined(x, "operand").shape, dtype: defined(x, "operand").dtype }),
  derivative: {
    kind: "linear",
    inputs: [0, 2],
    saves: [1],
    transpose: (g, { input, attributes }, index) =>
      index === 0
        ? g
        : readInside(
            apply(takeOp, [g, input(1)], attributes),
            input(1),
            g.shape.at(attributes.axis),
            -1 - attributes.axis,
          ),
  },
  batching: { kind: "rule", rule: batchIndexAdd },
  // As many roundings as there are updates of one element.
  tolerance: 8,
};

/** What was read where the index is in range, else 0: such an update went nowhere. `inner` axes follow those of `indices`. */
function readInside(read: Tensor, indices: Tensor, length: number | undefined, inner: number): Tensor {
  const inside = logicalAnd(greaterEqual(indices, 0), less(indices, length ?? 0));
  return where(reshape(inside, [...indices.shape, ...new Array<number>(inner).fill(1)]), read, 0);
}

// Batched over the indices too, take and indexAdd work on the rows of all batch entries at once, at indices shifted by entry.

function batchTake(
  [x, indices]: readonly Tensor[],
  attributes: AxisAttributes,
  { batched, size }: BatchContext,
): Tensor {
  const [value, at] = [leading(x, batched[0], size), defined(indices, "indices")];
  if (batched[1] !== true) return apply(takeOp, [value, at], attributes);
  const axis = value.rank + attributes.axis;
  const rows = moveAxis(value, axis, 1);
  const flat = reshape(rows, [-1, ...rows.shape.slice(2)]);
  const taken = take(flat, shifted(at, rows.shape[1] ?? 0));
  // [size, …indices, …off-axis]: the index axes go back to where the axis was.
  return restoreAxes(taken, at.rank - 1, axis);
}

function batchIndexAdd(
  [x, indices, updates]: readonly Tensor[],
  attributes: AxisAttributes,
  { batched, size }: BatchContext,
): Tensor {
  const [value, change] = [leading(x, batched[0], size), leading(updates, batched[2], size)];
  const at = defined(indices, "indices");
  if (batched[1] !== true) return apply(indexAddOp, [value, at, change], attributes);
  const axis = value.rank + attributes.axis;
  const rows = moveAxis(value, axis, 1);
  const flat = reshape(rows, [-1, ...rows.shape.slice(2)]);
  const count = at.rank - 1;
  const front = transpose(change, [
    0,
    ...range(axis, axis + count),
    ...range(1, axis),
    ...range(axis + count, change.rank),
  ]);
  const added = apply(indexAddOp, [flat, shifted(at, rows.shape[1] ?? 0), front], { axis: -flat.rank });
  return moveAxis(reshape(added, rows.shape), 1, axis);
}

/** `x` with the batch axis, repeated if it has none. */
function leading(x: Tensor | undefined, batched: boolean | undefined, size: number): Tensor {
  const value = defined(x, "operand");
  return batched === true ? value : broadcastTo(value, [size, ...value.shape]);
}

/** Indices into `length` rows of each batch entry as indices into all rows; those out of range stay out of range. */
function shifted(indices: Tensor, length: number): Tensor {
  const entry = reshape(
    positions(indices.shape[0] ?? 0, indices),
    indices.shape.map((size, axis) => (axis === 0 ? size : 1)),
  );
  const valid = logicalAnd(greaterEqual(indices, 0), less(indices, length));
  return where(valid, add(indices, mul(entry, length)), -1);
}

function moveAxis(x: Tensor, from: number, to: number): Tensor {
  const others = range(0, x.rank).filter((axis) => axis !== from);
  return transpose(x, others.toSpliced(to, 0, from));
}

/** Axes 1 … count move behind the `axis` − 1 axes that follow them. */
function restoreAxes(x: Tensor, count: number, axis: number): Tensor {
  const end = count + axis;
  return transpose(x, [0, ...range(count + 1, end), ...range(1, count + 1), ...range(end, x.rank)]);
}

function range(start: number, stop: number): number[] {
  return Array.from({ length: Math.max(0, stop - start) }, (_, i) => start + i);
}

/**
 * `x` with whole slices added at `indices` along `axis` (0 by default), the transpose of `take`; repeated indices add up.
 * `updates` has the axes of `indices` in place of that axis.
 * @throws DTypeError unless `indices` is int32, ShapeError when shapes do not fit.
 * @pytorch torch.index_add
 * @example
 * import { indexAdd, tensor, zeros } from "tapegrad";
 * const rows = tensor([1, 1], { dtype: "int32" });
 * console.log(indexAdd(zeros([2, 2]), rows, tensor([[1, 2], [10, 20]])));
 * // → Tensor(float32 [2,2])
 * // → [[ 0,  0],
 * // →  [11, 22]]
 */
export function indexAdd(x: TensorLike, indices: TensorLike, updates: TensorLike, options: AxisOptions = {}): Tensor {
  const { axis = 0 } = optionsOf("indexAdd", options, axisOption);
  const [value, change] = operands("indexAdd", [x, updates], "numeric");
  const into = defined(value, "operand");
  const at = normalizeAxis("indexAdd", axis, into.shape);
  const where = checkedIndices("indexAdd", indices, into);
  const rows = broadcastTo(defined(change, "updates"), into.shape.toSpliced(at, 1, ...where.shape));
  return apply(indexAddOp, [into, where, rows], { axis: at - into.rank });
}

/**
 * Whole slices of `x` by index along `axis` (0 by default), as an embedding reads rows: the axis gives way to those of
 * `indices`. Out of range, and so at negative indices, slices are NaN, 0 in integers: the last one is `take(x, n - 1)`.
 * @throws DTypeError unless `indices` is int32.
 * @pytorch torch.index_select
 * @example
 * import { take, tensor } from "tapegrad";
 * const table = tensor([[0, 0], [1, 10], [2, 20]]);
 * console.log(take(table, tensor([2, 1], { dtype: "int32" })));
 * // → Tensor(float32 [2,2])
 * // → [[ 2, 20],
 * // →  [ 1, 10]]
 */
export function take(x: TensorLike, indices: TensorLike, options: AxisOptions = {}): Tensor {
  const { axis = 0 } = optionsOf("take", options, axisOption);
  const value = asTensor(x);
  return apply(takeOp, [value, checkedIndices("take", indices, value)], {
    axis: normalizeAxis("take", axis, value.shape) - value.rank,
  });
}

function checkedIndices(op: string, indices: TensorLike, x: Tensor): Tensor {
  const value = isNumberLike(indices) ? operandAs(op, indices, "int32", x) : tensorOf(op, "indices", indices, "int32");
  if (value.dtype !== "int32")
    throw new DTypeError(op, `indices are ${value.dtype}, not int32`, 'make them with { dtype: "int32" } or cast');
  return value;
}

export const cumsumOp: OpDefinition<{ readonly axis: number; readonly reverse: boolean }> = {
  name: "cumsum",
  type: ([x]) => ({ shape: defined(x, "operand").shape, dtype: defined(x, "operand").dtype }),
  derivative: {
    kind: "linear",
    inputs: "all",
    saves: [],
    transpose: (g, { attributes: { axis, reverse } }) => apply(cumsumOp, [g], { axis, reverse: !reverse }),
  },
  batching: { kind: "trailing" },
  // One rounding per element of the axis.
  tolerance: 8,
};

/**
 * Running sum along `axis` (the last by default), each element included in its own sum; from the end with `reverse`.
 * @pytorch torch.cumsum
 * @example
 * import { cumsum, tensor } from "tapegrad";
 * console.log(cumsum(tensor([1, 2, 3]))); // → Tensor(float32 [3]) [1, 3, 6]
 * console.log(cumsum(tensor([1, 2, 3]), { reverse: true })); // → Tensor(float32 [3]) [6, 5, 3]
 */
export function cumsum(x: TensorLike, options: AxisOptions & { readonly reverse?: boolean | undefined } = {}): Tensor {
  const { axis = -1, reverse = false } = optionsOf("cumsum", options, { axis: true, reverse: true });
  const value = asTensor(x);
  const numeric = cast(value, promote(value.dtype, "int32"));
  return apply(cumsumOp, [numeric], { axis: normalizeAxis("cumsum", axis, value.shape) - value.rank, reverse });
}

export const argsortOp: OpDefinition<{ readonly axis: number; readonly descending: boolean }> = {
  name: "argsort",
  type: ([x]) => ({ shape: defined(x, "operand").shape, dtype: "int32" }),
  derivative: { kind: "none" },
  batching: { kind: "trailing" },
  tolerance: 0,
};

/** Options of `sort` and `argsort`. */
export interface SortOptions extends AxisOptions {
  readonly descending?: boolean | undefined;
}

const sortOptions = { axis: true, descending: true } as const;

/**
 * The indices that sort `x` along `axis` (the last by default). Stable: equals keep their order. NaN sorts as largest.
 * @pytorch torch.argsort
 * @example
 * import { argsort, tensor } from "tapegrad";
 * console.log(argsort(tensor([30, 10, 20]))); // → Tensor(int32 [3]) [1, 2, 0]
 */
export function argsort(x: TensorLike, options: SortOptions = {}): Tensor {
  const { axis = -1, descending = false } = optionsOf("argsort", options, sortOptions);
  const value = asTensor(x);
  return apply(argsortOp, [value], { axis: normalizeAxis("argsort", axis, value.shape) - value.rank, descending });
}

/**
 * `x` sorted along `axis` (the last by default), upwards unless `descending`. The gradient goes to where a value came from.
 * @pytorch torch.sort
 * @example
 * import { sort, tensor } from "tapegrad";
 * console.log(sort(tensor([30, 10, 20]), { descending: true })); // → Tensor(float32 [3]) [30, 20, 10]
 */
export function sort(x: TensorLike, options: SortOptions = {}): Tensor {
  const { axis = -1, descending = false } = optionsOf("sort", options, sortOptions);
  const value = asTensor(x);
  return gather(value, argsort(value, { axis, descending }), { axis });
}

/**
 * The `k` largest along `axis` (the last by default), largest first.
 * @throws ShapeError when there are fewer.
 * @pytorch torch.topk
 * @example
 * import { tensor, topK } from "tapegrad";
 * const { values, indices } = topK(tensor([0.1, 0.6, 0.3]), 2);
 * console.log(values, indices); // → Tensor(float32 [2]) [0.6, 0.3] Tensor(int32 [2]) [1, 2]
 */
export function topK(x: TensorLike, k: number, options: AxisOptions = {}): { values: Tensor; indices: Tensor } {
  const { axis = -1 } = optionsOf("topK", options, axisOption);
  const value = asTensor(x);
  const at = normalizeAxis("topK", axis, value.shape);
  const length = value.shape[at] ?? 0;
  if (checkCount("topK", "k", k) > length) {
    throw new ShapeError(
      "topK",
      `no ${k} largest along axis ${at} of ${formatShape(value.shape)} (${k} > ${length})`,
      `use a k from 0 to ${length}`,
    );
  }
  const order = argsort(value, { axis, descending: true });
  const indices = slice(
    order,
    [],
    value.shape.map((size, i) => (i === at ? k : size)),
  );
  return { values: gather(value, indices, { axis }), indices };
}
