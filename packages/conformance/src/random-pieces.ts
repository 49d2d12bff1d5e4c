/** Makers of operands for random Programs. */
import { type FloatDType, isFloat, sameShape, sizeOf, type Tensor } from "@tapegrad/core";
import { add, broadcastTo, cast, floor, maximum, minimum, mul, reshape, sub, sum, tanh } from "@tapegrad/ops";

export function pick<T>(list: readonly T[], index: number): T {
  const element = list[index % list.length];
  if (element === undefined) throw new Error("nothing to pick from");
  return element;
}

/** `x` in another shape. */
export function fit(x: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (x.size === sizeOf(shape)) return reshape(x, shape);
  return broadcastTo(mul(sum(x), 1 / Math.max(1, x.size)), shape);
}

export function dtypeOf(x: Tensor): FloatDType {
  if (isFloat(x.dtype)) return x.dtype;
  throw new Error(`not a float: ${x.dtype}`);
}

/** Positions below `length`. */
export function positions(x: Tensor, length: number): Tensor {
  const raw = cast(floor(add(mul(tanh(x), length + 0.37), 0.123)), "int32");
  return minimum(maximum(sub(mul(raw, 3), raw), 0), Math.max(0, length - 1));
}
