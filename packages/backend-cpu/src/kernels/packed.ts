/** Storage of elements on host backends: values as they are, and floats of 16 bits packed into their bits. */
import { allocate, type DType, type TypedArray } from "@tapegrad/core";
import { formatOf, isPacked, packFloat, unpackFloat } from "@tapegrad/core/internal";

/** A fresh array as it is stored, of values that are rounded to `dtype`. */
export function packed(values: TypedArray, dtype: DType): TypedArray {
  if (!isPacked(dtype)) return values.slice();
  const format = formatOf(dtype);
  return Uint16Array.from(values, (value) => packFloat(value, format));
}

/** The values of what is stored: where they are, unless they are packed. */
export function unpacked(data: TypedArray, dtype: DType): TypedArray {
  if (!isPacked(dtype)) return data;
  const format = formatOf(dtype);
  const values = allocate(dtype, data.length);
  for (const [i, bits] of data.entries()) values[i] = unpackFloat(bits, format);
  return values;
}
