/** The elements of a tensor in a WebAssembly memory, shared or not, as a typed array that is valid until the memory grows. */
import { dtypeTable, sizeOf, type TensorType, type TypedArray } from "@tapegrad/core";
import { isPacked } from "@tapegrad/core/internal";

type View = new (buffer: ArrayBufferLike, address: number, length: number) => TypedArray;

export function arrayAt({ buffer }: WebAssembly.Memory, address: number, { shape, dtype }: TensorType): TypedArray {
  const Stored: View = isPacked(dtype) ? Uint16Array : dtypeTable[dtype].array;
  return new Stored(buffer, address, sizeOf(shape));
}
