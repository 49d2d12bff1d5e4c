/**
 * log, log1p and softplus. All write their argument as 2ᵏ·(1 + f) with √½ ≤ 1 + f < √2 and sum log(1 + f) + k·ln2, where ln2 is
 * in two parts of which the first times k is exact; near 1, k = 0 and f is exact, so nothing cancels.
 *
 * 0x3f3504f3 are the bits of √½. The bits of x less those of √½, plus those of 1, have k + 127 above the mantissa, and in it
 * the distance of 1 + f from √½.
 */
import { coefficients, polynomial } from "./coefficients.ts";

export const logarithms = {
  /** log(1 + f) + k·ln2 */
  sumOfLogarithms: {
    text: `
fn sumOfLogarithms(f: f32, k: f32) -> f32 {
  let squared = f * f;
  let series = ${polynomial("f", coefficients.log)};
  let rest = 0.5f * squared - (f * squared * (series) + k * -2.12194440e-4f);
  return k * 0.693359375f + (f - rest);
}`,
  },
  logarithm: {
    calls: ["sumOfLogarithms", "infinity", "notANumber"],
    text: `
fn logarithm(x: f32) -> f32 {
  let word = bitcast<u32>(x);
  let size = word & 0x7fffffffu;
  let isDenormal = size < 0x00800000u;
  let normal = select(x, x * 16777216f, isDenormal);
  let shifted = bitcast<u32>(normal) + (0x3f800000u - 0x3f3504f3u);
  let k = f32(i32(shifted >> 23u) - select(127, 151, isDenormal));
  let f = bitcast<f32>((shifted & 0x007fffffu) + 0x3f3504f3u) - 1f;
  let y = select(sumOfLogarithms(f, k), -infinity(), normal == 0f);
  let signed = select(y, notANumber(), word > 0x80000000u);
  return select(signed, x, (word == 0x7f800000u) | (size > 0x7f800000u));
}`,
  },
  /**
   * k comes from 1 + x as rounded, f from x itself as x·2⁻ᵏ + (2⁻ᵏ − 1), whose terms are exact; the power of two is four times
   * too large, so that it is normal for the largest x, and x a quarter. Tiny x is its own result.
   */
  logarithmOfOnePlus: {
    calls: ["sumOfLogarithms", "infinity", "notANumber"],
    text: `
fn logarithmOfOnePlus(x: f32) -> f32 {
  let u = 1f + x;
  let word = bitcast<u32>(u);
  let exponent = (word + (0x3f800000u - 0x3f3504f3u)) >> 23u;
  let power = bitcast<f32>((256u - min(exponent, 255u)) << 23u);
  let f = (0.25f * x) * power + (0.25f * power - 1f);
  let y = select(sumOfLogarithms(f, f32(i32(exponent) - 127)), -infinity(), u == 0f);
  let signed = select(y, notANumber(), word > 0x80000000u);
  let guarded = select(signed, u, (word == 0x7f800000u) | ((word & 0x7fffffffu) > 0x7f800000u));
  return select(guarded, x, abs(x) < ${2 ** -60}f);
}`,
  },
  /** max(x, 0) + log(1 + e^−|x|). With e ≤ 1, k is 0 or 1: beyond √2 − 1, f = e/2 − ½ and k = 1. */
  logarithmOfOnePlusExponential: {
    calls: ["sumOfLogarithms", "exponential", "largerOf"],
    text: `
fn logarithmOfOnePlusExponential(x: f32) -> f32 {
  let e = exponential(-abs(x));
  let isLarge = e > ${Math.fround(Math.SQRT2 - 1)}f;
  let f = select(e, 0.5f * e - 0.5f, isLarge);
  return largerOf(x, 0f) + sumOfLogarithms(f, select(0f, 1f, isLarge));
}`,
  },
} as const;
