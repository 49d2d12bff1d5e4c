/** The elements of a tensor in a WebAssembly memory, shared or not, as a typed array that is valid until the memory grows. */
import { type DType, sizeOf, type TensorType, type TypedArray } from "@tapegrad/core";

type View = (buffer: ArrayBufferLike, address: number, length: number) => TypedArray;

const views: Readonly<Record<DType, View>> = {
  bool: (buffer, address, length) => new Uint8Array(buffer, address, length),
  int32: (buffer, address, length) => new Int32Array(buffer, address, length),
  float16: (buffer, address, length) => new Uint16Array(buffer, address, length),
  float32: (buffer, address, length) => new Float32Array(buffer, address, length),
  float64: (buffer, address, length) => new Float64Array(buffer, address, length),
};

export function arrayAt({ buffer }: WebAssembly.Memory, address: number, { shape, dtype }: TensorType): TypedArray {
  return views[dtype](buffer, address, sizeOf(shape));
}
