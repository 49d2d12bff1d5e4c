/** Converts host arrays to and from the format's little-endian bytes: a plain copy, except on the rare big-endian host. */
import { allocate, type DType, type TypedArray } from "@tapegrad/core";

const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The bytes of `array`: a view of them where the host's order is the file's, else a reversed copy. */
export function toLittleEndian(array: TypedArray, littleEndian = hostIsLittleEndian): Uint8Array {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return littleEndian ? bytes : reverseElements(bytes.slice(), array.BYTES_PER_ELEMENT);
}

/** A fresh array of `dtype` from its bytes, which may lie at any offset. NaN payloads survive: no value is read. */
export function fromLittleEndian(
  dtype: DType,
  size: number,
  bytes: Uint8Array,
  littleEndian = hostIsLittleEndian,
): TypedArray {
  const array = allocate(dtype, size);
  const copy = new Uint8Array(array.buffer);
  copy.set(bytes);
  if (!littleEndian) reverseElements(copy, array.BYTES_PER_ELEMENT);
  return array;
}

function reverseElements(bytes: Uint8Array, width: number): Uint8Array {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
  return bytes;
}
