/**
 * Reading and adding whole slices by index, each the transpose of the other. An index out of range reads NaN (0 in integers)
 * and writes nowhere, on every backend.
 */
import { apply, type BatchContext, normalizeAxis, type OpDefinition, type Operands, type Tensor } from "@tapegrad/core";
import { optionsOf } from "@tapegrad/core/internal";
import { filledWith, positions } from "../creation/constant.ts";
import { add, mul } from "../elementwise/arithmetic.ts";
import { greaterEqual, less, logicalAnd, where } from "../elementwise/select.ts";
import { asTensor, operands, type TensorLike } from "../operands.ts";
import type { AxisAttributes, AxisOptions } from "../reductions/reductions.ts";
import { axisOption, broadcastTo, reshape } from "../reductions/sum-and-broadcast.ts";
import { checkedIndices, readInside } from "./indices.ts";
import { moveAxis, transpose } from "./movement.ts";

export const takeOp: OpDefinition<AxisAttributes, 2> = {
  name: "take",
  type: ([{ shape, dtype }, indices], { axis }) => ({
    shape: shape.toSpliced(shape.length + axis, 1, ...indices.shape),
    dtype,
  }),
  derivative: {
    kind: "linear",
    inputs: [0],
    saves: [1],
    transpose: (g, { input, inputTypes, attributes }) =>
      apply(indexAddOp, [filledWith(inputTypes[0].shape, 0, g.dtype, g), input(1), g], attributes),
  },
  batching: { kind: "rule", rule: batchTake },
  tolerance: 0,
};

export const indexAddOp: OpDefinition<AxisAttributes, 3> = {
  name: "indexAdd",
  type: ([{ shape, dtype }]) => ({ shape, dtype }),
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

// Batched over the indices too, take and indexAdd work on the rows of all batch entries at once, at indices shifted by entry.

function batchTake([x, at]: Operands<Tensor, 2>, attributes: AxisAttributes, { batched, size }: BatchContext): Tensor {
  const value = leading(x, batched[0], size);
  if (batched[1] !== true) return apply(takeOp, [value, at], attributes);
  const axis = value.rank + attributes.axis;
  const rows = moveAxis(value, axis, 1);
  const flat = reshape(rows, [-1, ...rows.shape.slice(2)]);
  const taken = take(flat, shifted(at, rows.shape[1] ?? 0));
  // [size, …indices, …off-axis]: the index axes go back to where the axis was.
  return restoreAxes(taken, at.rank - 1, axis);
}

function batchIndexAdd(
  [x, at, updates]: Operands<Tensor, 3>,
  attributes: AxisAttributes,
  { batched, size }: BatchContext,
): Tensor {
  const [value, change] = [leading(x, batched[0], size), leading(updates, batched[2], size)];
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
function leading(x: Tensor, batched: boolean | undefined, size: number): Tensor {
  return batched === true ? x : broadcastTo(x, [size, ...x.shape]);
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
  const [into, change] = operands("indexAdd", [x, updates], "numeric");
  const at = normalizeAxis("indexAdd", axis, into.shape);
  const where = checkedIndices("indexAdd", indices, into);
  const rows = broadcastTo(change, into.shape.toSpliced(at, 1, ...where.shape));
  return apply(indexAddOp, [into, where, rows], { axis: at - into.rank });
}

/**
 * Whole slices of `x` by index along `axis` (0 by default), as an embedding reads rows: the axes of `indices` replace the axis.
 * An index out of range, and so any negative index, reads NaN (0 in integers): the last slice is `take(x, n - 1)`.
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
