/** The type of this backend's kernels: a pure function from host arrays to a fresh host array. */
import {
  type Attributes,
  allocate,
  type HostOperand,
  type Shape,
  sizeOf,
  type TensorType,
  type TypedArray,
} from "@tapegrad/core";

export type { HostOperand };

/** Written as a method so that a kernel for specific attributes fits the table, which erases them. */
export type CpuKernel<A = Attributes> = {
  kernel(inputs: readonly HostOperand[], attributes: A, output: TensorType): TypedArray;
}["kernel"];

export function allocateFor({ shape, dtype }: TensorType): TypedArray {
  return allocate(dtype, sizeOf(shape));
}

/** An operand that the type rule has checked to be there. */
export function operandAt(inputs: readonly HostOperand[], index: number): HostOperand {
  const operand = inputs[index];
  if (operand === undefined) throw new Error(`internal: operand ${index} is missing`);
  return operand;
}

/** A shape seen from one axis: `outer` blocks of `length` rows of `inner` contiguous elements. */
export interface AxisView {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** `axis` is negative, as in attributes. */
export function viewAlong(shape: Shape, axis: number): AxisView {
  const at = shape.length + axis;
  return { outer: sizeOf(shape.slice(0, at)), length: shape[at] ?? 1, inner: sizeOf(shape.slice(at + 1)) };
}

/** Clamped to int32. Storing it in an Int32Array then truncates towards zero, and makes 0 of NaN. */
export function saturate(value: number): number {
  return Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1);
}
