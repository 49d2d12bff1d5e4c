/**
 * exp, expm1, tanh and sigmoid. All reduce x = n·ln2 + r with |r| ≤ ln2/2 (Cody and Waite: ln2 in two parts, of which the
 * first times n is exact) and evaluate e^r − 1 = r + r²·q(r); they differ in how 2ⁿ comes in.
 */
import { float32Coefficients, float64Coefficients } from "./coefficients.ts";
import type { Body } from "./kernel.ts";
import type { FloatType, Lanes, Vector } from "./lanes.ts";

interface ExponentialConstants {
  readonly q: readonly number[];
  /** Where e^x has become 0, and where ∞; n must not go far beyond, or 2ⁿ would leave the exponent field. */
  readonly underflow: number;
  readonly overflow: number;
  /** Where e^−x has become less than a quarter ULP of 1. */
  readonly negligible: number;
}

const table: Readonly<Record<FloatType, ExponentialConstants>> = {
  f32: {
    q: float32Coefficients.expm1,
    underflow: -104,
    overflow: 89,
    negligible: -40,
  },
  f64: {
    q: float64Coefficients.expm1,
    underflow: -746,
    overflow: 710,
    negligible: -60,
  },
};

/** The exponent of h in `sigmoid`. */
const sigmoidScale = -64;

/** `scaled` has n + offset in its low bits; `expm1` is e^r − 1. */
interface Reduced {
  readonly scaled: Vector;
  readonly expm1: Vector;
}

function reduce(lanes: Lanes, x: Vector, offset: number): Reduced {
  const { ln2High, ln2Low, roundToInteger } = lanes.format;
  const shift = lanes.constant(roundToInteger + offset);
  const scaled = lanes.let(lanes.madd(x, lanes.constant(Math.LOG2E), shift));
  const n = lanes.let(lanes.sub(scaled, shift));
  const high = lanes.nmadd(n, lanes.constant(ln2High), x);
  const r = lanes.let(lanes.nmadd(n, lanes.constant(ln2Low), high));
  return { scaled, expm1: lanes.madd(lanes.mul(r, r), lanes.polynomial(r, table[lanes.format.type].q), r) };
}

/**
 * e^x for x not above the overflow limit by much, as (1 + expm1(r))·2^⌊n/2⌋·2^⌈n/2⌉: neither factor leaves the normal range,
 * so results that are denormal, or 2¹²⁸(1 − ε), are rounded once. The sum n + 2·bias has its halves biased already: shifted
 * into the exponent field, what is above falls off.
 */
function bounded(lanes: Lanes, x: Vector): Vector {
  const { bias, mantissaBits } = lanes.format;
  const { scaled, expm1 } = reduce(lanes, x, 2 * bias);
  const half = lanes.let(lanes.shiftRight(scaled, 1));
  const lower = lanes.shiftLeft(half, mantissaBits);
  const upper = lanes.shiftLeft(lanes.integerSub(scaled, half), mantissaBits);
  return lanes.mul(lanes.mul(lanes.add(expm1, lanes.constant(1)), lower), upper);
}

export const exp: Body = (lanes, x) => {
  const { underflow, overflow } = table[lanes.format.type];
  return bounded(lanes, lanes.let(lanes.atLeast(lanes.atMost(x, overflow), underflow)));
};

/** e^−|x|, in (0, 1] */
export function expOfNegativeAbs(lanes: Lanes, x: Vector): Vector {
  return bounded(lanes, lanes.let(lanes.atLeast(lanes.negativeAbs(x), table[lanes.format.type].underflow)));
}

/** e^x for |x| ≤ 80, where 2ⁿ is a normal number. */
export function expOfModerate(lanes: Lanes, x: Vector): Vector {
  const { bias, mantissaBits } = lanes.format;
  const { scaled, expm1 } = reduce(lanes, x, bias);
  return lanes.mul(lanes.add(expm1, lanes.constant(1)), lanes.shiftLeft(scaled, mantissaBits));
}

/** 2·(2ⁿ⁻¹·(e^r − 1) + (2ⁿ⁻¹ − ½)): 2ⁿ itself would overflow for n = 128. Tiny x is its own result, which saves −0. */
export const expm1: Body = (lanes, x) => {
  const { bias, mantissaBits } = lanes.format;
  const { negligible, overflow } = table[lanes.format.type];
  const bound = lanes.let(lanes.atLeast(lanes.atMost(x, overflow), negligible));
  const reduced = reduce(lanes, bound, bias - 1);
  const power = lanes.let(lanes.shiftLeft(reduced.scaled, mantissaBits));
  const half = lanes.let(lanes.madd(power, reduced.expm1, lanes.sub(power, lanes.constant(0.5))));
  return lanes.select(lanes.less(lanes.abs(x), lanes.constant(2 ** -60)), x, lanes.add(half, half));
};

/**
 * h/(h + h·e^−x) with a power of two h so small that h·2ⁿ is an ordinary number wherever the result is not zero: the division
 * alone rounds to a denormal, and one formula serves both signs.
 */
export const sigmoid: Body = (lanes, x) => {
  const { bias, mantissaBits } = lanes.format;
  const { underflow, negligible } = table[lanes.format.type];
  const bound = lanes.let(lanes.neg(lanes.atMost(lanes.atLeast(x, underflow), -negligible)));
  const reduced = reduce(lanes, bound, bias + sigmoidScale);
  const power = lanes.let(lanes.shiftLeft(reduced.scaled, mantissaBits));
  const scale = lanes.constant(2 ** sigmoidScale);
  return lanes.div(scale, lanes.madd(power, reduced.expm1, lanes.add(power, scale)));
};

/**
 * u/(2 − u) with u = 1 − e^(−2|x|), and the sign of x. The negative exponent matters: for n = −1, the first step away from
 * zero, ½ − ½·(e^r − 1) halves the error of its second term, where n = 1 would double it.
 */
export const tanh: Body = (lanes, x) => {
  const { bias, mantissaBits } = lanes.format;
  const doubled = lanes.mul(lanes.negativeAbs(x), lanes.constant(2));
  const bound = lanes.let(lanes.atLeast(doubled, table[lanes.format.type].negligible));
  const reduced = reduce(lanes, bound, bias);
  const power = lanes.let(lanes.shiftLeft(reduced.scaled, mantissaBits));
  const u = lanes.let(lanes.nmadd(power, reduced.expm1, lanes.sub(lanes.constant(1), power)));
  return lanes.withSign(lanes.div(u, lanes.sub(lanes.constant(2), u)), x);
};
