/**
 * sin and cos. x = n·π/2 + r with |r| ≤ π/4, where x·2/π modulo 4 is a product of integers (Payne and Hanek): 2/π has as many
 * bits as any float32 needs, and no rounding, fused or not, can spoil it.
 */
import { coefficients, polynomial } from "./coefficients.ts";

/** 2/π in words of 32 bits, two of them before the binary point. */
const twoOverPi = ["0x00000000", "0x28be60db", "0x9391054a", "0x7f09d5f4", "0x7d4d3770", "0x36d8a566", "0x4f10e410"];

export const trigonometric = {
  /** The upper word of the product. */
  upperProduct: {
    text: `
fn upperProduct(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let first = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let second = (a & 0xffffu) * (b >> 16u) + (first & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (first >> 16u) + (second >> 16u);
}`,
  },
  Angle: { text: "struct Angle { quadrant: u32, r: f32 }" },
  /** For finite |x| ≥ ½; below, the angle is x itself. */
  reduceAngle: {
    calls: ["Angle", "upperProduct", "powerOfTwo"],
    text: `
fn reduceAngle(x: f32) -> Angle {
  let word = bitcast<u32>(x) & 0x7fffffffu;
  let isSmall = word < 0x3f490fdbu;
  var words = array<u32, 7>(${twoOverPi.map((digits) => `${digits}u`).join(", ")});
  let significand = (word << 8u) | 0x80000000u;
  let exponent = min(max(word >> 23u, 126u) - 126u, 128u);
  let first = exponent >> 5u;
  let shift = exponent & 31u;
  // Shifts by 32 are two.
  let back = 31u - shift;
  let upper = (words[first] << shift) | ((words[first + 1u] >> back) >> 1u);
  let middle = (words[first + 1u] << shift) | ((words[first + 2u] >> back) >> 1u);
  let lower = (words[first + 2u] << shift) | ((words[min(first + 3u, 6u)] >> back) >> 1u);
  // Two bits of quadrant and 62 of fraction, in two words.
  let carried = upperProduct(significand, lower);
  let lowWord = significand * middle + carried;
  let highWord = upperProduct(significand, middle) + significand * upper + select(0u, 1u, lowWord < carried);
  // Past the half, the fraction's distance from 1.
  let isPastHalf = (highWord & 0x20000000u) != 0u;
  let quadrant = (highWord >> 30u) + select(0u, 1u, isPastHalf);
  let low = select(lowWord, ~lowWord + 1u, isPastHalf);
  let high = select(highWord, ~highWord + select(0u, 1u, low == 0u), isPastHalf) & 0x3fffffffu;
  // The fraction's 32 leading bits.
  let zeros = select(countLeadingZeros(high), 32u + countLeadingZeros(low), high == 0u);
  let start = zeros & 31u;
  let top = select(high, low, zeros >= 32u);
  let next = select(low, 0u, zeros >= 32u);
  let leading = select(top, (top << start) | (next >> ((32u - start) & 31u)), start > 0u);
  // Both parts of the fraction, and of π/2, are exact floats.
  let head = f32(leading >> 8u);
  let tail = f32(leading & 255u) * 0.00390625f;
  let r = (head * ${Math.fround(Math.PI / 2)}f + (head * ${Math.fround(Math.PI / 2 - Math.fround(Math.PI / 2))}f + tail * ${Math.fround(Math.PI / 2)}f)) * powerOfTwo(-22 - i32(zeros));
  let isBelow = (bitcast<u32>(x) >> 31u) == 1u;
  let angle = select(r, -r, isPastHalf != isBelow);
  return Angle(select(select(quadrant, 0u - quadrant, isBelow), 0u, isSmall), select(angle, x, isSmall));
}`,
  },
  /** sin(x + quarterTurns·π/2); NaN for infinities. */
  turnedSine: {
    calls: ["reduceAngle", "notANumber", "isFinite"],
    text: `
fn turnedSine(x: f32, quarterTurns: u32) -> f32 {
  let angle = reduceAngle(x);
  let quadrant = angle.quadrant + quarterTurns;
  let r = angle.r;
  let squared = r * r;
  let sine = select(r + r * squared * (${polynomial("squared", coefficients.sin)}), r, squared == 0f);
  let cosine = 1f - (0.5f * squared - squared * squared * (${polynomial("squared", coefficients.cos)}));
  let size = select(sine, cosine, (quadrant & 1u) == 1u);
  return select(notANumber(), select(size, -size, (quadrant & 2u) == 2u), isFinite(x));
}`,
  },
} as const;
