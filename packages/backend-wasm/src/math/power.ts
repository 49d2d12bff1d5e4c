/**
 * pow. float32 works in doubles, two lanes at a time: 2^(y·log2|x|) with relative errors near 2⁻³⁴, of which at most 2⁻²⁶
 * arrives in the result, so that it is nearly always the float32 next to the true value. float64 is imported.
 * Special values are those of IEEE 754: x⁰ = 1ʸ = (−1)^±∞ = 1, even for NaN.
 */
import { f32x4, f64x2, i32x4, v128 } from "../assembler/index.ts";
import { powerCoefficients } from "./coefficients.ts";
import type { Body } from "./kernel.ts";
import { callEveryLane, type LaneFunction } from "./lane-calls.ts";
import type { Lanes, Vector } from "./lanes.ts";
import { biasedExponent, exponentOffset, fromRootHalf, integerToFloat, significand } from "./logarithm.ts";

/** log2 of doubles that are float32 magnitudes, so never denormal: k + log2(e)·2·atanh(s), s = f/(2 + f). */
function log2(lanes: Lanes, x: Vector): Vector {
  const shifted = lanes.let(fromRootHalf(lanes, x));
  const k = integerToFloat(lanes, biasedExponent(lanes, shifted), lanes.constant(exponentOffset(lanes)));
  const f = lanes.let(lanes.sub(significand(lanes, shifted), lanes.constant(1)));
  const two = lanes.constant(2);
  const s = lanes.let(lanes.div(f, lanes.add(f, two)));
  const z = lanes.let(lanes.mul(s, s));
  const series = lanes.madd(z, lanes.polynomial(z, powerCoefficients.log2), two);
  const finite = lanes.madd(lanes.mul(s, lanes.constant(Math.LOG2E)), series, k);
  const orInfinity = lanes.select(lanes.less(x, lanes.constant(Number.POSITIVE_INFINITY)), finite, x);
  return lanes.select(lanes.equal(x, lanes.constant(0)), lanes.constant(Number.NEGATIVE_INFINITY), orInfinity);
}

/** 2^x for doubles; beyond ±200 the float32 result is 0 or ∞. */
function exp2(lanes: Lanes, x: Vector): Vector {
  const { bias, mantissaBits, roundToInteger } = lanes.format;
  const bound = lanes.let(lanes.atLeast(lanes.atMost(x, 200), -200));
  const shift = lanes.constant(roundToInteger + bias);
  const shifted = lanes.let(lanes.add(bound, shift));
  const g = lanes.let(lanes.sub(bound, lanes.sub(shifted, shift)));
  const power = lanes.madd(g, lanes.polynomial(g, powerCoefficients.exp2), lanes.constant(1));
  return lanes.mul(power, lanes.shiftLeft(shifted, mantissaBits));
}

/** |x|^y */
function magnitude(lanes: Lanes, x: Vector, y: Vector): Vector {
  const doubles = lanes.as("f64");
  const half = (x: Vector, y: Vector) => {
    const logarithm = log2(doubles, doubles.let(f64x2.promoteLowF32x4(x)));
    return f32x4.demoteF64x2Zero(exp2(doubles, doubles.mul(f64x2.promoteLowF32x4(y), logarithm)));
  };
  const high = (x: Vector) => i32x4.shuffle(x, x, [2, 3, 2, 3]);
  const absolute = lanes.let(lanes.abs(x));
  const low = lanes.let(half(absolute, y));
  return i32x4.shuffle(low, half(high(absolute), high(y)), [0, 1, 4, 5]);
}

/** 1 for y = 0, x = 1 and (−1)^±∞, else `power`. */
function withOnes(lanes: Lanes, x: Vector, y: Vector, power: Vector): Vector {
  const one = lanes.constant(1);
  const isUnit = lanes.equal(lanes.abs(x), one);
  const isInfinite = lanes.equal(lanes.abs(y), lanes.constant(Number.POSITIVE_INFINITY));
  const isOne = v128.or(lanes.equal(y, lanes.constant(0)), v128.or(lanes.equal(x, one), v128.and(isUnit, isInfinite)));
  return lanes.select(isOne, one, power);
}

/** |x|^y; negative for x < 0 or −0 and odd y, NaN for finite x < 0 and fractional y. */
export const pow32: Body = (lanes, x, y) => {
  const zero = lanes.constant(0);
  const halfY = lanes.let(lanes.mul(y, lanes.constant(0.5)));
  const integral = lanes.let(lanes.equal(lanes.floor(y), y));
  const even = lanes.equal(lanes.floor(halfY), halfY);
  const sign = v128.and(v128.and(x, lanes.signBit), v128.andnot(integral, even));
  const negativeFinite = v128.and(lanes.less(x, zero), lanes.less(lanes.constant(Number.NEGATIVE_INFINITY), x));
  const signedOrNaN = v128.or(v128.or(magnitude(lanes, x, y), sign), v128.andnot(negativeFinite, integral));
  return withOnes(lanes, x, y, signedOrNaN);
};

export const pow64 =
  (imported: LaneFunction): Body =>
  (lanes, x, y) =>
    withOnes(lanes, x, y, callEveryLane(lanes, imported, [x, y]));
