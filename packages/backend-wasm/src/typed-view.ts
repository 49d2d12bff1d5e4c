/** A tensor's elements in a WebAssembly memory, seen as a typed array until the memory grows. */
import { arrayTypes, sizeOf, type TensorType, type TypedArray } from "@tapegrad/core";

export function arrayAt({ buffer }: WebAssembly.Memory, address: number, { shape, dtype }: TensorType): TypedArray {
  return new arrayTypes[dtype](buffer, address, sizeOf(shape));
}
