/**
 * The error bounds to which tests hold the vector functions, in units in the last place of the exact result (2⁻¹⁴⁹ and 2⁻¹⁰⁷⁴
 * among denormals), with relaxed_madd and without.
 */
import type { MathFunction } from "./kernels.ts";
import type { FloatType } from "./lanes.ts";

/**
 * For sin and cos within ±10⁴; beyond `trigonometricLimit`, and for float64 pow, it is the accuracy of JavaScript's Math. The
 * comments have the largest and the mean error measured, the worse with or without relaxed_madd: float32 on every 31st float
 * where the function is neither linear nor constant (log and rsqrt every 251st, erf and pow some 300,000), float64 on 300,000
 * to 500,000 random arguments against 100-bit references.
 */
export const ulpBounds: Readonly<Record<FloatType, Readonly<Record<MathFunction, number>>>> = {
  f32: {
    cos: 2, // 1.50 / 0.27
    erf: 1.5, // 1.24 / 0.21
    exp: 1.1, // 1.03 / 0.26
    expm1: 2, // 1.69 / 0.24
    floor: 0,
    log: 1, // 0.84 / 0.25
    log1p: 1.5, // 1.41 / 0.25
    pow: 0.51, // 0.501 / 0.25
    rsqrt: 1.5, // 1.49 / 0.35
    sigmoid: 2.5, // 2.35 / 0.33
    sign: 0,
    sin: 2, // 1.52 / 0.26
    softplus: 2, // 1.66 / 0.29
    sqrt: 0.5, // 0.50 / 0.25
    tanh: 3, // 2.49 / 0.38
  },
  f64: {
    cos: 1, // 0.86 / 0.23
    erf: 1.5, // 1.31 / 0.21
    exp: 1.1, // 1.00 / 0.24
    expm1: 2, // 1.91 / 0.24
    floor: 0,
    log: 1, // 0.81 / 0.26
    log1p: 1.5, // 1.32 / 0.22
    pow: 1, // V8's Math.pow, imported
    rsqrt: 1.5, // 1.47 / 0.34
    sigmoid: 2.5, // 2.24 / 0.33
    sign: 0,
    sin: 1, // 0.82 / 0.23
    softplus: 2, // 1.67 / 0.26
    sqrt: 0.5,
    tanh: 3, // 2.51 / 0.56
  },
};
