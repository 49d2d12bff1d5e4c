/**
 * Arithmetic on a vector of float lanes, so that a function is written once for f32x4 and f64x2. A body written in it runs
 * twice: before the loop to collect its constants, and inside to write its code (`kernel.ts`).
 */
import type { Expression, FunctionBuilder } from "../assembler/index.ts";
import { f32x4, f64x2, i32x4, i64x2, v128 } from "../assembler/index.ts";
import { float32Bits, float64Bits, type VectorConstants } from "./constants.ts";

export type FloatType = "f32" | "f64";
export type Vector = Expression<"v128">;

/** How an IEEE 754 format is laid out, and which instructions work on it. */
interface Format {
  readonly type: FloatType;
  /** The SIMD instructions of the lanes as floats, and as integers of the same width. */
  readonly float: typeof f32x4 | typeof f64x2;
  readonly integer: typeof i32x4 | typeof i64x2;
  readonly mantissaBits: number;
  readonly bias: number;
  readonly smallestNormal: number;
  /** The bits of √½. */
  readonly rootHalf: bigint;
  /** 1.5·2^mantissaBits: adding it leaves the nearest integer in the low bits of the sum. */
  readonly roundToInteger: number;
  /** ln2 to 16 and to 40 bits, so that its product with an exponent is exact, and the rest of it. */
  readonly ln2High: number;
  readonly ln2Low: number;
  /** The bits of a float, and of an integer of its width, in every lane. */
  readonly floatBits: (value: number) => bigint;
  readonly integerBits: (value: bigint) => bigint;
}

const repeat = (bits: bigint): bigint => (bits << 32n) | bits;

export const formats: Readonly<Record<FloatType, Format>> = {
  f32: {
    type: "f32",
    float: f32x4,
    integer: i32x4,
    mantissaBits: 23,
    bias: 127,
    smallestNormal: 2 ** -126,
    rootHalf: 0x3f3504f3n,
    roundToInteger: 1.5 * 2 ** 23,
    ln2High: 0.693145751953125,
    ln2Low: 1.42860682e-6,
    floatBits: (value) => repeat(float32Bits(value)),
    integerBits: (value) => repeat(BigInt.asUintN(32, value)),
  },
  f64: {
    type: "f64",
    float: f64x2,
    integer: i64x2,
    mantissaBits: 52,
    bias: 1023,
    smallestNormal: 2 ** -1022,
    rootHalf: 0x3fe6a09e667f3bcdn,
    roundToInteger: 1.5 * 2 ** 52,
    ln2High: 0.6931471805592082,
    ln2Low: 7.371002565167799e-13,
    floatBits: float64Bits,
    integerBits: (value) => BigInt.asUintN(64, value),
  },
};

/** Where a body writes: to a function, or, with `f` undefined, nowhere, while its constants are being declared. */
export interface LaneWriter {
  readonly f: FunctionBuilder | undefined;
  readonly constants: VectorConstants;
  /** Whether relaxed_madd rounds once (and is worth using); otherwise products and sums are separate. */
  readonly fma: boolean;
}

export class Lanes {
  readonly format: Format;
  readonly target: LaneWriter;

  constructor(type: FloatType, target: LaneWriter) {
    this.format = formats[type];
    this.target = target;
  }

  /** Other lanes of the same target. */
  as(type: FloatType): Lanes {
    return new Lanes(type, this.target);
  }

  /** A value that is used more than once; trees are evaluated at each use. */
  let(value: Vector): Vector {
    return this.target.f === undefined ? value : this.target.f.let(value);
  }

  constant(value: number): Vector {
    return this.#hoisted(this.format.floatBits(value));
  }

  integer(value: bigint): Vector {
    return this.#hoisted(this.format.integerBits(value));
  }

  #hoisted(bits: bigint): Vector {
    const { f, constants } = this.target;
    if (f === undefined) constants.declare(bits);
    return constants.get(bits);
  }

  add(a: Vector, b: Vector): Vector {
    return this.format.float.add(a, b);
  }

  sub(a: Vector, b: Vector): Vector {
    return this.format.float.sub(a, b);
  }

  mul(a: Vector, b: Vector): Vector {
    return this.format.float.mul(a, b);
  }

  div(a: Vector, b: Vector): Vector {
    return this.format.float.div(a, b);
  }

  /** a·b + c */
  madd(a: Vector, b: Vector, c: Vector): Vector {
    return this.target.fma ? this.format.float.relaxedMadd(a, b, c) : this.add(this.mul(a, b), c);
  }

  /** c − a·b */
  nmadd(a: Vector, b: Vector, c: Vector): Vector {
    return this.target.fma ? this.format.float.relaxedNmadd(a, b, c) : this.sub(c, this.mul(a, b));
  }

  /** Σ coefficients[i]·xⁱ by Horner's rule; x must be cheap to repeat. */
  polynomial(x: Vector, coefficients: readonly number[]): Vector {
    return coefficients
      .map((coefficient) => this.constant(coefficient))
      .reduceRight((sum, coefficient) => this.madd(sum, x, coefficient));
  }

  /** min(x, limit) as one instruction; NaN stays NaN. */
  atMost(x: Vector, limit: number): Vector {
    return this.format.float.pmin(x, this.constant(limit));
  }

  /** max(x, limit) as one instruction; NaN stays NaN. */
  atLeast(x: Vector, limit: number): Vector {
    return this.format.float.pmax(x, this.constant(limit));
  }

  abs(x: Vector): Vector {
    return this.format.float.abs(x);
  }

  less(a: Vector, b: Vector): Vector {
    return this.format.float.lt(a, b);
  }

  lessOrEqual(a: Vector, b: Vector): Vector {
    return this.format.float.le(a, b);
  }

  equal(a: Vector, b: Vector): Vector {
    return this.format.float.eq(a, b);
  }

  /** 1 if the mask is set in all lanes, else 0. */
  allTrue(mask: Vector): Expression<"i32"> {
    return this.format.integer.allTrue(mask);
  }

  floor(x: Vector): Vector {
    return this.format.float.floor(x);
  }

  sqrt(x: Vector): Vector {
    return this.format.float.sqrt(x);
  }

  /** `a` where the mask is set, else `b`. */
  select(mask: Vector, a: Vector, b: Vector): Vector {
    return v128.bitselect(a, b, mask);
  }

  get signBit(): Vector {
    return this.constant(-0);
  }

  /** −x. The instruction of that name makes its mask anew each time. */
  neg(x: Vector): Vector {
    return v128.xor(x, this.signBit);
  }

  /** −|x| */
  negativeAbs(x: Vector): Vector {
    return v128.or(x, this.signBit);
  }

  /** |magnitude| with the sign of x, also of −0 and NaN. */
  copySign(magnitude: Vector, x: Vector): Vector {
    return this.select(this.signBit, x, magnitude);
  }

  /** A magnitude whose sign bit is clear with the sign of x, also of −0. */
  withSign(magnitude: Vector, x: Vector): Vector {
    return v128.or(v128.and(x, this.signBit), magnitude);
  }

  shiftLeft(x: Vector, bits: number): Vector {
    return this.format.integer.shl(x, bits);
  }

  shiftRight(x: Vector, bits: number): Vector {
    return this.format.integer.shrU(x, bits);
  }

  integerAdd(a: Vector, b: Vector): Vector {
    return this.format.integer.add(a, b);
  }

  integerSub(a: Vector, b: Vector): Vector {
    return this.format.integer.sub(a, b);
  }
}
