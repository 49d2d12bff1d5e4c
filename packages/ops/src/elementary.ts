/** Elementary functions and the activations made of them. Rules save y where they can, so that BPTT can drop x. */
import type { Tensor } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { abs, add, div, mul, neg, square, sub } from "./arithmetic.ts";
import { binary, unary } from "./elementwise.ts";
import { operands, type TensorLike } from "./operands.ts";
import { equal, greaterEqual, logicalAnd, logicalNot, where } from "./select.ts";

/** Float32 kernels of transcendental functions: 3 units in the last place, as generated SIMD code reaches. */
const tolerance = 3;

export const exp = unary("exp", { derivative: ({ y }) => y, saves: ["y"], tolerance });
export const log = unary("log", { derivative: ({ x }) => div(1, x), saves: [0], tolerance });
/** log(1 + x), exact near 0. */
export const log1p = unary("log1p", { derivative: ({ x }) => div(1, add(1, x)), saves: [0], tolerance });
/** exp(x) − 1, exact near 0. */
export const expm1 = unary("expm1", { derivative: ({ y }) => add(y, 1), saves: ["y"], tolerance });
export const sqrt = unary("sqrt", { derivative: ({ y }) => div(0.5, y), saves: ["y"] });
/** 1/√x. */
export const rsqrt = unary("rsqrt", { derivative: ({ y }) => mul(-0.5, mul(y, square(y))), saves: ["y"], tolerance });
export const sin = unary("sin", { derivative: ({ x }) => cos(x), saves: [0], tolerance });
export const cos = unary("cos", { derivative: ({ x }) => neg(sin(x)), saves: [0], tolerance });
/** Hyperbolic tangent. dy/dx = 1 − y². */
export const tanh = unary("tanh", { derivative: ({ y }) => sub(1, square(y)), saves: ["y"], tolerance });
/** The logistic function σ(x) = 1 / (1 + e⁻ˣ). dy/dx = y (1 − y). */
export const sigmoid = unary("sigmoid", { derivative: ({ y }) => mul(y, sub(1, y)), saves: ["y"], tolerance });
/** log(1 + eˣ), without overflow. dy/dx = σ(x). */
export const softplus = unary("softplus", { derivative: ({ x }) => sigmoid(x), saves: [0], tolerance });
/** The error function. dy/dx = 2/√π · exp(−x²). */
export const erf = unary("erf", {
  derivative: ({ x }) => mul(2 / Math.sqrt(Math.PI), exp(neg(square(x)))),
  saves: [0],
  tolerance,
});

/**
 * aᵇ, as IEEE 754 has it: a⁰ = 1ᵇ = (−1)^±∞ = 1, whatever a and b. ∂/∂a = b·aᵇ⁻¹, 0 where b = 0; ∂/∂b = aᵇ·log a, 0 where a = 0
 * and b ≥ 0 (PyTorch's convention). The operands are made safe before the power is taken, so that second derivatives at these
 * points are finite too.
 */
export const pow = binary("pow", {
  dtypes: "floating",
  derivative: [
    ({ a, b }) => mul(b, pow(where(logicalAnd(equal(b, 0), logicalNot(hasReciprocal(a))), 1, a), sub(b, 1))),
    ({ a, b, y }) => mul(y, log(where(logicalAnd(equal(a, 0), greaterEqual(b, 0)), 1, a))),
  ],
  saves: [0, 1, "y"],
  tolerance: 4,
});

/** Whether 1/a is finite; not of NaN. */
function hasReciprocal(a: Tensor): Tensor {
  return greaterEqual(abs(a), 2 ** -126);
}

/**
 * √x whose derivatives at 0 are 0, not infinite: a norm made of it has the gradient 0 at zero, where that of √(Σ x²) would be
 * ∞ · 0, which is NaN.
 */
export function safeSqrt(x: TensorLike): Tensor {
  const [value] = operands("safeSqrt", [x], "floating");
  const input = defined(value, "operand");
  const isZero = equal(input, 0);
  return where(isZero, 0, sqrt(where(isZero, 1, input)));
}

/** x · Φ(x), exact (PyTorch's default), with Φ the normal distribution function. */
export function gelu(x: TensorLike): Tensor {
  const [value] = operands("gelu", [x], "floating");
  const input = defined(value, "operand");
  return mul(mul(0.5, input), add(1, erf(mul(input, Math.SQRT1_2))));
}
