/**
 * exp, expm1, tanh and sigmoid. All reduce x = n·ln2 + r with |r| ≤ ln2/2 (Cody and Waite: ln2 in two parts, of which the first
 * times n is exact) and evaluate e^r − 1 = r + r²·q(r); they differ in how 2ⁿ comes in.
 */
import { coefficients, polynomial } from "./coefficients.ts";

export const exponentials = {
  /** n and e^r − 1 */
  reduceExponent: {
    text: `
fn reduceExponent(x: f32) -> vec2<f32> {
  let n = round(x * ${Math.fround(Math.LOG2E)}f);
  let r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  return vec2<f32>(n, r + r * r * (${polynomial("r", coefficients.expm1)}));
}`,
  },
  /** As (1 + expm1(r))·2^⌊n/2⌋·2^⌈n/2⌉: neither factor leaves the normal range. */
  exponential: {
    calls: ["reduceExponent", "powerOfTwo", "isNaN", "infinity"],
    text: `
fn exponential(x: f32) -> f32 {
  let reduced = reduceExponent(clamp(x, -104f, 89f));
  let n = i32(reduced.x);
  let half = n >> 1u;
  let y = (1f + reduced.y) * powerOfTwo(half) * powerOfTwo(n - half);
  return select(select(y, infinity(), x > 88.722835f), x, isNaN(x));
}`,
  },
  /** 2·(2ⁿ⁻¹·(e^r − 1) + (2ⁿ⁻¹ − ½)): 2ⁿ itself would overflow for n = 128. Tiny x is its own result. */
  exponentialMinusOne: {
    calls: ["reduceExponent", "powerOfTwo", "isNaN", "infinity"],
    text: `
fn exponentialMinusOne(x: f32) -> f32 {
  let reduced = reduceExponent(clamp(x, -40f, 89f));
  let power = powerOfTwo(i32(reduced.x) - 1);
  let half = power * reduced.y + (power - 0.5f);
  let y = select(half + half, infinity(), x > 88.722835f);
  return select(y, x, isNaN(x) | (abs(x) < ${2 ** -60}f));
}`,
  },
  /** 1/(1 + e^−x) for x ≥ 0 and e^x/(1 + e^x) below: the exponential is at most 1 and small results keep all their bits. */
  logistic: {
    calls: ["exponential"],
    text: `
fn logistic(x: f32) -> f32 {
  let e = exponential(-abs(x));
  return select(1f, e, x < 0f) / (1f + e);
}`,
  },
  /** −t/(2 + t) with t = e^(−2|x|) − 1, and the sign of x. */
  hyperbolicTangent: {
    calls: ["exponentialMinusOne", "copySign", "isNaN"],
    text: `
fn hyperbolicTangent(x: f32) -> f32 {
  let t = exponentialMinusOne(-2f * abs(x));
  return select(copySign(-t / (2f + t), x), x, isNaN(x));
}`,
  },
} as const;
