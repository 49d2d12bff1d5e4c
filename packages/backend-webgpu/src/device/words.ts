/** Converts host data to the words of device memory, one per element, and back. */
import { type DType, dtypeTable, type TypedArray } from "@tapegrad/core";
import { isPacked, nearest } from "@tapegrad/core/internal";

/** Where they are if they are words already. */
export function wordsOf(
  data: TypedArray,
  dtype: DType,
): Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer> {
  if (isPacked(dtype)) return Float32Array.from(data, (value) => nearest(value, dtype));
  const { buffer, byteOffset, length } = data;
  if (data instanceof Float32Array)
    return buffer instanceof ArrayBuffer ? new Float32Array(buffer, byteOffset, length) : Float32Array.from(data);
  if (data instanceof Int32Array)
    return buffer instanceof ArrayBuffer ? new Int32Array(buffer, byteOffset, length) : Int32Array.from(data);
  return Uint32Array.from(data);
}

export function arrayOf(words: ArrayBuffer, dtype: DType): TypedArray {
  const { array, kind } = dtypeTable[dtype];
  return kind === "bool" ? Uint8Array.from(new Uint32Array(words)) : new array(words);
}
