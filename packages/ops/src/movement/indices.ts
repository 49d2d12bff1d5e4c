/** The common part of reading and writing by index: the check of indices, and the gradient of an index out of range. */
import { DTypeError, type Tensor } from "@tapegrad/core";
import { isNumberLike } from "@tapegrad/core/internal";
import { greaterEqual, less, logicalAnd, where } from "../elementwise/select.ts";
import { operandAs, type TensorLike, tensorOf } from "../operands.ts";
import { reshape } from "../reductions/sum-and-broadcast.ts";

export function checkedIndices(op: string, indices: TensorLike, x: Tensor): Tensor {
  const value = isNumberLike(indices) ? operandAs(op, indices, "int32", x) : tensorOf(op, "indices", indices, "int32");
  if (value.dtype !== "int32")
    throw new DTypeError(op, `indices are ${value.dtype}, not int32`, 'make them with { dtype: "int32" } or cast');
  return value;
}

/** What was read where the index is in range, else 0: such an update went nowhere. `inner` axes follow those of `indices`. */
export function readInside(read: Tensor, indices: Tensor, length: number | undefined, inner: number): Tensor {
  const inside = logicalAnd(greaterEqual(indices, 0), less(indices, length ?? 0));
  return where(reshape(inside, [...indices.shape, ...new Array<number>(inner).fill(1)]), read, 0);
}
