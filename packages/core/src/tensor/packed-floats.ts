/**
 * Floats of 16 bits and their numbers, for any format of the table of dtypes: a sign, the exponent, and the digits of the
 * significand except the leading one. Rounding is to the nearest number, and to the even one of two.
 */
import { type DType, dtypeTable, type FloatFormat, formatOf, isPacked } from "./dtype.ts";

const signBit = 0x8000;

/** The bits of the float nearest to `x`; of NaN, those of a quiet one. */
export function packFloat(x: number, { digits, leastExponent }: FloatFormat): number {
  const fraction = digits - 1;
  const bias = 1 - leastExponent;
  if (Number.isNaN(x)) return ((2 * bias + 1) << fraction) + 2 ** (fraction - 1);
  const size = Math.min(Math.abs(x), 2 ** (bias + 1)); // From there on, infinity.
  const exponent = Math.max(Math.floor(Math.log2(size)), leastExponent);
  // Beside 2⁵² there is no room for a fraction. Where the significand rounds up to 2^digits, it carries into the exponent.
  const significand = size * 2 ** (fraction - exponent) + 2 ** 52 - 2 ** 52;
  const sign = x < 0 || Object.is(x, -0) ? signBit : 0;
  return sign + ((exponent - leastExponent) << fraction) + significand;
}

/** The number that the bits stand for. */
export function unpackFloat(bits: number, { digits, leastExponent }: FloatFormat): number {
  const fraction = digits - 1;
  const exponent = (bits & (signBit - 1)) >> fraction;
  const rest = bits & (2 ** fraction - 1);
  const sign = bits & signBit ? -1 : 1;
  if (exponent === 3 - 2 * leastExponent) return rest === 0 ? sign * Infinity : Number.NaN;
  // Subnormal numbers have the exponent of the smallest normal one, and no leading digit.
  const significand = exponent === 0 ? rest : rest + 2 ** fraction;
  return sign * significand * 2 ** (Math.max(exponent, 1) - 1 + leastExponent - fraction);
}

/** The number nearest to `x` that the float `dtype` has. */
export function nearest(x: number, dtype: DType): number {
  if (isPacked(dtype)) return unpackFloat(packFloat(x, formatOf(dtype)), formatOf(dtype));
  return dtypeTable[dtype].array.of(x)[0] ?? Number.NaN;
}
