/** Conversions of float16, whose bits are the lower half of a lane of 32 bits. Widening is exact, and NaN becomes quiet. */
import { type Expression, type FunctionBuilder, f32x4, f64x2, i32x4, type Local, v128 } from "../assembler/index.ts";
import type { LaneLayout } from "./lane-layout.ts";

type Vector = Expression<"v128">;

/** The digits of a float32 that float16 lacks. */
const excess = 13;
/** 0.5, whose unit in the last place, 2⁻²⁴, is that of the subnormal numbers of float16. */
const halfBits = 0x3f000000;
/** The smallest normal number of float16, 2⁻¹⁴, as a float32. */
const leastNormalBits = 0x38800000;
/** What the biases of the exponents differ by. */
const rebias = 127 - 15;
const [infinityBits, quietBits] = [0x7c00, 0x7e00];

/** float32 to the nearest float16, of two to the even one. */
export function narrow(f: FunctionBuilder, x: Local<"v128">): Vector {
  const size = f.let(v128.and(x, i32x4.constant(0x7fffffff)));
  const isOdd = v128.and(i32x4.shrU(size, excess), i32x4.constant(1));
  const rounded = i32x4.shrU(i32x4.add(i32x4.add(size, i32x4.constant(2 ** (excess - 1) - 1)), isOdd), excess);
  // A significand that rounds up carries into the exponent, and what is beyond the largest number becomes infinity.
  const normal = i32x4.minS(i32x4.sub(rounded, i32x4.constant(rebias << 10)), i32x4.constant(infinityBits));
  const subnormal = i32x4.sub(f32x4.add(size, i32x4.constant(halfBits)), i32x4.constant(halfBits));
  const number = v128.bitselect(subnormal, normal, i32x4.ltS(size, i32x4.constant(leastNormalBits)));
  const bits = v128.bitselect(i32x4.constant(quietBits), number, f32x4.ne(x, x));
  return v128.or(bits, v128.and(i32x4.shrU(x, 16), i32x4.constant(0x8000)));
}

/** float16 as float32. */
export function widen(f: FunctionBuilder, bits: Local<"v128">): Vector {
  const size = f.let(v128.and(bits, i32x4.constant(0x7fff)));
  // As a float32 with the bias of float16; of subnormal numbers too, the product is exact.
  const number = f32x4.mul(i32x4.shl(size, excess), f32x4.constant(2 ** rebias));
  const special = v128.and(i32x4.geS(size, i32x4.constant(infinityBits)), i32x4.constant(0x7f800000));
  return v128.or(v128.or(number, special), i32x4.shl(v128.and(bits, i32x4.constant(0x8000)), 16));
}

/**
 * float64 as float32, cut off instead of rounded, and then with an odd last bit unless it is exact: so that rounding it again, to
 * fewer digits, gives what rounding once would (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008).
 */
export function oddlyRounded(f: FunctionBuilder, x: Local<"v128">, layout: LaneLayout): Local<"v128"> {
  const nearest = f.let(f32x4.demoteF64x2Zero(x));
  const back = f.let(f64x2.promoteLowF32x4(nearest));
  const isBeyond = layout.words(f.let(f64x2.gt(f64x2.abs(back), f64x2.abs(x))));
  const isInexact = layout.words(f.let(f64x2.ne(back, x)));
  return f.let(v128.or(i32x4.add(nearest, isBeyond), v128.and(isInexact, i32x4.constant(1))));
}
