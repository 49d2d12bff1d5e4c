/**
 * log, log1p and softplus. All write their argument as 2ᵏ·(1 + f) with √½ ≤ 1 + f < √2 and sum log(1 + f) + k·ln2, where
 * ln2 is in two parts of which the first times k is exact; near 1, k = 0 and f is exact, so nothing cancels.
 */
import { v128 } from "../assembler/index.ts";
import { float32Coefficients, float64Coefficients } from "./coefficients.ts";
import { expOfNegativeAbs } from "./exponential.ts";
import type { Body } from "./kernel.ts";
import type { Lanes, Vector } from "./lanes.ts";

/** log(1 + f) + k·ln2; f and k must be cheap to repeat. */
function sum(lanes: Lanes, f: Vector, k: Vector): Vector {
  const { ln2High, ln2Low } = lanes.format;
  const squared = lanes.let(lanes.mul(f, f));
  const tail = lanes.mul(k, lanes.constant(ln2Low));
  const halfSquared = lanes.mul(squared, lanes.constant(0.5));
  const rest =
    lanes.format.type === "f32" ? cubic(lanes, f, squared, tail, halfSquared) : quotient(lanes, f, tail, halfSquared);
  return lanes.madd(k, lanes.constant(ln2High), lanes.sub(f, rest));
}

/** f²/2 − (f³·P(f) + tail) */
function cubic(lanes: Lanes, f: Vector, squared: Vector, tail: Vector, halfSquared: Vector): Vector {
  const series = lanes.polynomial(f, float32Coefficients.log);
  return lanes.sub(halfSquared, lanes.madd(lanes.mul(f, squared), series, tail));
}

/** f²/2 − (s·(f²/2 + s²·R(s²)) + tail) with s = f/(2 + f): 2·atanh(s), arranged as fdlibm's e_log.c does. */
function quotient(lanes: Lanes, f: Vector, tail: Vector, halfSquared: Vector): Vector {
  const s = lanes.let(lanes.div(f, lanes.add(f, lanes.constant(2))));
  const z = lanes.let(lanes.mul(s, s));
  const half = lanes.let(halfSquared);
  const series = lanes.madd(z, lanes.polynomial(z, float64Coefficients.log), half);
  return lanes.sub(half, lanes.madd(s, series, tail));
}

/**
 * The bits of x less those of √½, plus those of 1. With x = 2ᵏ·(1 + f), k + bias is then above the mantissa bits, and in
 * them the distance of 1 + f from √½.
 */
export function fromRootHalf(lanes: Lanes, x: Vector): Vector {
  const { mantissaBits, bias, rootHalf } = lanes.format;
  return lanes.integerSub(x, lanes.integer(rootHalf - (BigInt(bias) << BigInt(mantissaBits))));
}

/** 1 + f */
export function significand(lanes: Lanes, shifted: Vector): Vector {
  const { mantissaBits, rootHalf } = lanes.format;
  const distance = v128.and(shifted, lanes.integer((1n << BigInt(mantissaBits)) - 1n));
  return lanes.integerAdd(distance, lanes.integer(rootHalf));
}

/** k + bias */
export function biasedExponent(lanes: Lanes, shifted: Vector): Vector {
  return lanes.shiftRight(shifted, lanes.format.mantissaBits);
}

/** A small non-negative integer as a float, less `offset`, by planting it in the mantissa of 2^mantissaBits. */
export function integerToFloat(lanes: Lanes, x: Vector, offset: Vector): Vector {
  return lanes.sub(v128.or(x, lanes.constant(2 ** lanes.format.mantissaBits)), offset);
}

/** What 2^mantissaBits, the bias and a scaling by 2^−power add up to. */
export function exponentOffset(lanes: Lanes, power = 0): number {
  return 2 ** lanes.format.mantissaBits + lanes.format.bias + power;
}

/** y where x is positive and finite; −∞ for ±0, NaN for x < 0, and x itself for ∞ and NaN. */
function guarded(lanes: Lanes, x: Vector, y: Vector): Vector {
  const zero = lanes.constant(0);
  const infinity = lanes.constant(Number.POSITIVE_INFINITY);
  const orNaN = v128.or(y, lanes.less(x, zero));
  const orMinusInfinity = lanes.select(lanes.equal(x, zero), lanes.constant(Number.NEGATIVE_INFINITY), orNaN);
  return lanes.select(lanes.less(x, infinity), orMinusInfinity, x);
}

export const log: Body = (lanes, x) => {
  const { smallestNormal, mantissaBits } = lanes.format;
  const power = mantissaBits + 1;
  const denormal = lanes.let(lanes.less(x, lanes.constant(smallestNormal)));
  const normal = lanes.select(denormal, lanes.mul(x, lanes.constant(2 ** power)), x);
  const shifted = lanes.let(fromRootHalf(lanes, normal));
  const offset = lanes.select(
    denormal,
    lanes.constant(exponentOffset(lanes, power)),
    lanes.constant(exponentOffset(lanes)),
  );
  const k = lanes.let(integerToFloat(lanes, biasedExponent(lanes, shifted), offset));
  const f = lanes.let(lanes.sub(significand(lanes, shifted), lanes.constant(1)));
  return guarded(lanes, x, sum(lanes, f, k));
};

/**
 * k comes from 1 + x as rounded, f from x itself as x·2⁻ᵏ + (2⁻ᵏ − 1), whose terms are exact; the power of two is four times
 * too large, so that it is normal for the largest x, and x a quarter. Tiny x is its own result, which saves −0 and denormals.
 */
export const log1p: Body = (lanes, x) => {
  const { bias, mantissaBits } = lanes.format;
  const quarter = lanes.constant(0.25);
  const one = lanes.constant(1);
  const u = lanes.let(lanes.add(x, one));
  const exponent = lanes.let(biasedExponent(lanes, fromRootHalf(lanes, u)));
  const power = lanes.let(
    lanes.shiftLeft(lanes.integerSub(lanes.integer(BigInt(2 * bias + 2)), exponent), mantissaBits),
  );
  const f = lanes.let(lanes.madd(lanes.mul(x, quarter), power, lanes.sub(lanes.mul(power, quarter), one)));
  const k = lanes.let(integerToFloat(lanes, exponent, lanes.constant(exponentOffset(lanes))));
  const y = guarded(lanes, u, sum(lanes, f, k));
  return lanes.select(lanes.less(lanes.abs(x), lanes.constant(2 ** -60)), x, y);
};

/** max(x, 0) + log(1 + e^−|x|). With e ≤ 1, k is 0 or 1: beyond √2 − 1, f = e/2 − ½ and k = 1. */
export const softplus: Body = (lanes, x) => {
  const e = lanes.let(expOfNegativeAbs(lanes, x));
  const large = lanes.let(lanes.less(lanes.constant(Math.SQRT2 - 1), e));
  const minusHalf = lanes.let(v128.and(large, lanes.constant(-0.5)));
  const one = lanes.constant(1);
  const f = lanes.let(lanes.madd(e, lanes.add(minusHalf, one), minusHalf));
  const k = lanes.let(v128.and(large, one));
  return lanes.add(lanes.atLeast(x, 0), sum(lanes, f, k));
};
