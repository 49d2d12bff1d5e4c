/**
 * The WebAssembly instructions for the elements of each dtype: one row per dtype, and one more per dtype in which floats are
 * computed.
 */
import { type ComputedDType, type DType, type FloatDType, floatFormats, isFloat } from "@tapegrad/core";
import { computing, internal, packFloat } from "@tapegrad/core/internal";
import { type Expression, f32, f32x4, f64, f64x2, i32, i32x4, type Operand, v128 } from "../assembler/index.ts";
import { formats } from "../math/lanes.ts";

type Address = Operand<"i32">;
type Vector = Expression<"v128">;

interface Element {
  /** Stores a number that is known when the code is written. */
  readonly store: (to: Address, value: number) => Expression<"none">;
  /** The number in every lane, whatever the layout. */
  readonly constant: (value: number) => Vector;
  /** The element in every lane, whatever the layout. */
  readonly splat: (from: Address, offset: number) => Vector;
}

export const elements: Readonly<Record<DType, Element>> = {
  bool: {
    store: (to, value) => i32.store8(to, Number(value !== 0)),
    constant: (value) => i32x4.constant(-Number(value !== 0)),
    splat: (from, offset) => i32x4.ne(i32x4.splat(i32.load8U(from, offset)), i32x4.constant(0)),
  },
  int32: { store: (to, value) => i32.store(to, value), constant: i32x4.constant, splat: v128.load32Splat },
  // In lanes of 32 bits, its own 16 below.
  float16: {
    store: (to, value) => i32.store16(to, packFloat(value, floatFormats.float16)),
    constant: (value) => i32x4.constant(packFloat(value, floatFormats.float16)),
    splat: (from, offset) => i32x4.splat(i32.load16U(from, offset)),
  },
  float32: { store: (to, value) => f32.store(to, value), constant: f32x4.constant, splat: v128.load32Splat },
  float64: { store: (to, value) => f64.store(to, value), constant: f64x2.constant, splat: v128.load64Splat },
};

/** The dtypes that floats compute in. */
export type LaneFloat = ComputedDType & FloatDType;

export interface FloatElement {
  /** The SIMD instructions. */
  readonly simd: typeof f32x4 | typeof f64x2;
  readonly format: (typeof formats)["f32" | "f64"];
  readonly loadDouble: (from: Address) => Expression<"f64">;
  /** Stores a double, rounded. */
  readonly storeDouble: (to: Address, value: Operand<"f64">) => Expression<"none">;
}

export const floatElements: Readonly<Record<LaneFloat, FloatElement>> = {
  float32: {
    simd: f32x4,
    format: formats.f32,
    loadDouble: (from) => f64.promoteF32(f32.load(from)),
    storeDouble: (to, value) => f32.store(to, f32.demoteF64(value)),
  },
  float64: { simd: f64x2, format: formats.f64, loadDouble: f64.load, storeDouble: f64.store },
};

/** `dtype`, in which floats are computed. @throws an internal error for any other. */
export function laneFloatOf(dtype: DType): LaneFloat {
  const computed = computing(dtype);
  if (!isFloat(computed)) throw internal(`floats are not computed in ${dtype}`);
  return computed;
}
