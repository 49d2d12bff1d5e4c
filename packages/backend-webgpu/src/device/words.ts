/** Data of the host as the words of device memory, one per element, and back. */
import type { DType, TypedArray } from "@tapegrad/core";

/** Where they are if they are words already. */
export function wordsOf(
  data: TypedArray,
): Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = data;
  if (data instanceof Float32Array)
    return buffer instanceof ArrayBuffer ? new Float32Array(buffer, byteOffset, length) : Float32Array.from(data);
  if (data instanceof Int32Array)
    return buffer instanceof ArrayBuffer ? new Int32Array(buffer, byteOffset, length) : Int32Array.from(data);
  return Uint32Array.from(data);
}

export function arrayOf(words: ArrayBuffer, dtype: DType): TypedArray {
  if (dtype === "float32") return new Float32Array(words);
  return dtype === "int32" ? new Int32Array(words) : Uint8Array.from(new Uint32Array(words));
}
