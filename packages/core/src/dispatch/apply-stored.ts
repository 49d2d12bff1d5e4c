/** Ops on dtypes that are only stored: operands are cast to the dtype that ops compute in, and the result is rounded once. */
import { computedIn } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { TensorType } from "../tensor/variable.ts";
import { apply, castOp, castTo } from "./apply.ts";
import type { Backend } from "./backend.ts";
import { withFrame } from "./frames.ts";
import type { Attributes, OpDefinition } from "./op.ts";

/** What backends with such dtypes do in place of a kernel: the result, out of sight of recorders; undefined where no such dtype is. */
export function applyStored<A extends Attributes>(
  this: Backend,
  op: OpDefinition<A>,
  inputs: readonly Tensor[],
  attributes: A,
  output: TensorType,
): Tensor | undefined {
  if (!isStoredOnly(op, inputs, output)) return undefined;
  return withFrame({ kind: "barrier" }, () =>
    applyComputed(inputs, attributes, output, (operands, made) => apply(op, operands, made, this)),
  );
}

/** Whether a dtype that is only stored is among those of the application of `op`, which then has no kernel; a cast has one. */
export function isStoredOnly({ name }: OpDefinition, inputs: readonly TensorType[], output: TensorType): boolean {
  const isStored = ({ dtype }: TensorType) => computedIn(dtype) !== dtype;
  return (isStored(output) || inputs.some(isStored)) && name !== castOp.name;
}

/** An op, `compute`, in the dtypes that its operands are computed in; the result is rounded once, to the dtype of `output`. */
export function applyComputed<A extends Attributes>(
  inputs: readonly Tensor[],
  attributes: A,
  output: TensorType,
  compute: (operands: readonly Tensor[], given: A) => Tensor,
): Tensor {
  const operands = inputs.map((input) => castTo(input, computedIn(input.dtype)));
  // Where an op makes values, its attributes name their dtype.
  const made = "dtype" in attributes ? { ...attributes, dtype: computedIn(output.dtype) } : attributes;
  const result = compute(operands, made);
  const rounded = castTo(result, output.dtype);
  for (const part of [...operands, result]) if (part !== rounded && !inputs.includes(part)) part.dispose();
  return rounded;
}
