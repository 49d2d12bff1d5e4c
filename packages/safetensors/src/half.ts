/** Widens half-precision floats to float32, bits to bits, so that every value is exact and NaN payloads survive. */
import { floatFormats, type TypedArray } from "@tapegrad/core";
import { packFloat } from "@tapegrad/core/internal";

/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15) and 10 fraction bits. */
export function float16ToFloat32Bits(bits: number): number {
  const sign = (bits & 0x8000) << 16;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent - 15 + 127) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal, fraction · 2⁻²⁴, is normal in float32: shift its leading one to bit 10, where it is implicit.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

/** bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32Bits(bits: number): number {
  return bits << 16;
}

/** The nearest float16 of each float32 in `data`. */
export function float32ToFloat16(data: TypedArray): Uint16Array {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  return Uint16Array.from(data, (value, i) => {
    if (!Number.isNaN(value)) return packFloat(value, floatFormats.float16);
    const word = bits[i] ?? 0;
    // Without a payload in the upper bits, the quiet bit keeps it from being an infinity.
    return ((word >>> 16) & 0x8000) | 0x7c00 | ((word >>> 13) & 0x3ff || 0x200);
  });
}
