/** The cotangents with which reverse mode begins. */
import { DTypeError, formatShape, isFloat, ShapeError, sameShape, Tensor } from "@tapegrad/core";
import { describeValue } from "@tapegrad/core/internal";
import { cast } from "@tapegrad/ops";
import { filledWith } from "@tapegrad/ops/internal";

/** The cotangent to start from, in the name of `op`: `seed`, or 1 for a single value. */
export function seedFor(op: string, target: Tensor, seed?: Tensor): Tensor {
  if (!isFloat(target.dtype))
    throw new DTypeError(op, `the target is ${target.dtype}, not a float`, "differentiate a float result");
  if (seed !== undefined && !(seed instanceof Tensor))
    throw new DTypeError(op, `the seed is not a tensor: ${describeValue(seed)}`, "use a tensor like the target");
  if (seed === undefined) {
    if (target.size !== 1) {
      throw new ShapeError(
        op,
        `the target has ${target.size} values: ${formatShape(target.shape)}`,
        "reduce it to one, or pass { seed }",
      );
    }
    return filledWith(target.shape, 1, target.dtype, target);
  }
  if (!sameShape(seed.shape, target.shape)) {
    throw new ShapeError(op, `the seed has another shape: ${formatShape(seed.shape)} for ${formatShape(target.shape)}`);
  }
  return cast(seed, target.dtype);
}
