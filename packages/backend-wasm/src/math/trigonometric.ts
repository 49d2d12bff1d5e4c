/**
 * sin and cos. x = n·π/2 + r with |r| ≤ π/4 by Cody and Waite: π/2 in parts, of which all but the last times n are exact.
 * Arguments beyond the limit, ±∞ and NaN go lane by lane through the imported function; the others do not notice.
 */
import { f32x4, f64x2, i32x4, v128 } from "../assembler/index.ts";
import { float32Coefficients, float64Coefficients } from "./coefficients.ts";
import type { Body } from "./kernel.ts";
import { callOtherLanes, type LaneFunction } from "./lane-calls.ts";
import type { Lanes, Vector } from "./lanes.ts";

/** Up to here the reduction keeps all bits that the result needs: |n| < 2¹⁹ in float32, and < 2¹⁴ in float64. */
export const trigonometricLimit = { f32: 2 ** 19, f64: 2 ** 14 } as const;

/** `quadrant` is n in the low bits of each lane; r + tail is the reduced argument, |tail| below half an ULP of r. */
interface Reduced {
  readonly quadrant: Vector;
  readonly r: Vector;
  readonly tail: Vector | undefined;
}

/** n + 1.5·2⁵² for doubles: n is in the low bits. */
function nearestQuadrant(lanes: Lanes, x: Vector): { shifted: Vector; n: Vector } {
  const round = lanes.constant(lanes.format.roundToInteger);
  const shifted = lanes.let(lanes.madd(x, lanes.constant(2 / Math.PI), round));
  return { shifted, n: lanes.let(lanes.sub(shifted, round)) };
}

/** In doubles, two parts of 33 and 53 bits: r keeps 24 bits also where x is the float32 nearest to a multiple of π/2. */
function reduceFloat32(lanes: Lanes, x: Vector): Reduced {
  const doubles = lanes.as("f64");
  const half = (x: Vector) => {
    const wide = doubles.let(f64x2.promoteLowF32x4(x));
    const { shifted, n } = nearestQuadrant(doubles, wide);
    const first = doubles.nmadd(n, doubles.constant(1.5707963267341256), wide);
    return { shifted, r: f32x4.demoteF64x2Zero(doubles.nmadd(n, doubles.constant(6.077100506506192e-11), first)) };
  };
  const low = half(x);
  const high = half(i32x4.shuffle(x, x, [2, 3, 2, 3]));
  return {
    quadrant: lanes.let(i32x4.shuffle(low.shifted, high.shifted, [0, 2, 4, 6])),
    r: lanes.let(i32x4.shuffle(low.r, high.r, [0, 1, 4, 5])),
    tail: undefined,
  };
}

/** Three parts of 38, 37 and 53 bits; what rounding the last two subtractions loses becomes the tail. */
function reduceFloat64(lanes: Lanes, x: Vector): Reduced {
  const { shifted, n } = nearestQuadrant(lanes, x);
  const first = lanes.let(lanes.nmadd(n, lanes.constant(1.5707963267923333), x));
  const part = lanes.let(lanes.mul(n, lanes.constant(2.5633441515839558e-12)));
  const second = lanes.let(lanes.sub(first, part));
  const lost = lanes.sub(lanes.sub(first, second), part);
  const third = lanes.let(lanes.sub(lanes.mul(n, lanes.constant(1.0562999066987428e-23)), lost));
  const r = lanes.let(lanes.sub(second, third));
  return { quadrant: shifted, r, tail: lanes.let(lanes.sub(lanes.sub(second, r), third)) };
}

/** r + (r³·S(r²) + tail) */
function sine(lanes: Lanes, { r, tail }: Reduced, squared: Vector): Vector {
  const { sin } = lanes.format.type === "f32" ? float32Coefficients : float64Coefficients;
  const cubed = lanes.mul(r, squared);
  const series = lanes.polynomial(squared, sin);
  return lanes.add(r, tail === undefined ? lanes.mul(cubed, series) : lanes.madd(cubed, series, tail));
}

/** 1 − r²/2 + (what rounding that lost + r⁴·C(r²) − r·tail), arranged as fdlibm's k_cos.c does. */
function cosine(lanes: Lanes, { r, tail }: Reduced, squared: Vector): Vector {
  const { cos } = lanes.format.type === "f32" ? float32Coefficients : float64Coefficients;
  const one = lanes.constant(1);
  const half = lanes.let(lanes.mul(squared, lanes.constant(0.5)));
  const head = lanes.let(lanes.sub(one, half));
  const lost = lanes.sub(lanes.sub(one, head), half);
  const correction = tail === undefined ? lost : lanes.nmadd(r, tail, lost);
  const fourth = lanes.mul(squared, squared);
  return lanes.add(head, lanes.madd(fourth, lanes.polynomial(squared, cos), correction));
}

/** sin(x + quarterTurns·π/2) */
function shiftedSine(lanes: Lanes, x: Vector, quarterTurns: 0n | 1n): Vector {
  const width = lanes.format.type === "f32" ? 32 : 64;
  const reduced = lanes.format.type === "f32" ? reduceFloat32(lanes, x) : reduceFloat64(lanes, x);
  const one = lanes.integer(1n);
  const quadrant = quarterTurns === 0n ? reduced.quadrant : lanes.let(lanes.integerAdd(reduced.quadrant, one));
  const squared = lanes.let(lanes.mul(reduced.r, reduced.r));
  const odd = lanes.integerSub(lanes.integer(0n), v128.and(quadrant, one));
  const magnitude = lanes.select(odd, cosine(lanes, reduced, squared), sine(lanes, reduced, squared));
  return v128.xor(magnitude, v128.and(lanes.shiftLeft(quadrant, width - 2), lanes.signBit));
}

function withFallback(lanes: Lanes, x: Vector, y: Vector, outside: LaneFunction): Vector {
  const within = lanes.lessOrEqual(lanes.abs(x), lanes.constant(trigonometricLimit[lanes.format.type]));
  return callOtherLanes(lanes, within, y, outside, [x]);
}

/** Tiny x is its own result, which saves −0. */
export const sin =
  (outside: LaneFunction): Body =>
  (lanes, x) => {
    const y = lanes.select(lanes.less(lanes.abs(x), lanes.constant(2 ** -30)), x, shiftedSine(lanes, x, 0n));
    return withFallback(lanes, x, y, outside);
  };

export const cos =
  (outside: LaneFunction): Body =>
  (lanes, x) =>
    withFallback(lanes, x, shiftedSine(lanes, x, 1n), outside);
