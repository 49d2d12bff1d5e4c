/** Elementary functions, and activations composed of them. Rules save y where they can, so that BPTT can drop x. */
import type { Tensor } from "@tapegrad/core";
import { operands, type TensorLike } from "../operands.ts";
import { abs, add, div, mul, neg, square, sub } from "./arithmetic.ts";
import { binary, unary } from "./elementwise.ts";
import { equal, greaterEqual, logicalAnd, logicalNot, where } from "./select.ts";

/** Float32 kernels of transcendental functions: 3 units in the last place, as generated SIMD code reaches. */
const tolerance = 3;

/**
 * eˣ, elementwise. dy/dx = y.
 * @pytorch torch.exp
 * @example
 * import { exp, tensor } from "tapegrad";
 * console.log(exp(tensor([0, 1]))); // → Tensor(float32 [2]) [      1, 2.71828]
 */
export const exp = unary("exp", { derivative: ({ y }) => y, saves: ["y"], tolerance });
/**
 * ln x, the natural logarithm, elementwise: −∞ at 0, NaN below. dy/dx = 1/x.
 * @pytorch torch.log
 * @example
 * import { log, tensor } from "tapegrad";
 * console.log(log(tensor([1, 10]))); // → Tensor(float32 [2]) [      0, 2.30259]
 */
export const log = unary("log", { derivative: ({ x }) => div(1, x), saves: [0], tolerance });
/**
 * ln(1 + x), elementwise, exact near 0. dy/dx = 1/(1 + x).
 * @pytorch torch.log1p
 * @example
 * import { log1p, tensor } from "tapegrad";
 * console.log(log1p(tensor([1e-10]))); // → Tensor(float32 [1]) [1e-10]
 */
export const log1p = unary("log1p", { derivative: ({ x }) => div(1, add(1, x)), saves: [0], tolerance });
/**
 * eˣ − 1, elementwise, exact near 0. dy/dx = y + 1.
 * @pytorch torch.expm1
 * @example
 * import { expm1, tensor } from "tapegrad";
 * console.log(expm1(tensor([1e-10]))); // → Tensor(float32 [1]) [1e-10]
 */
export const expm1 = unary("expm1", { derivative: ({ y }) => add(y, 1), saves: ["y"], tolerance });
/**
 * √x, elementwise: NaN below 0. dy/dx = 1/(2y), infinite at 0; see `safeSqrt`.
 * @pytorch torch.sqrt
 * @example
 * import { sqrt, tensor } from "tapegrad";
 * console.log(sqrt(tensor([4, 9]))); // → Tensor(float32 [2]) [2, 3]
 */
export const sqrt = unary("sqrt", { derivative: ({ y }) => div(0.5, y), saves: ["y"] });
/**
 * 1/√x, elementwise. dy/dx = −y³/2.
 * @pytorch torch.rsqrt
 * @example
 * import { rsqrt, tensor } from "tapegrad";
 * console.log(rsqrt(tensor([4, 16]))); // → Tensor(float32 [2]) [ 0.5, 0.25]
 */
export const rsqrt = unary("rsqrt", { derivative: ({ y }) => mul(-0.5, mul(y, square(y))), saves: ["y"], tolerance });
/**
 * sin x, of radians, elementwise. dy/dx = cos x.
 * @pytorch torch.sin
 * @example
 * import { grad, sin, tensor } from "tapegrad";
 * console.log(grad((x) => sin(x))(tensor(0))); // → Tensor(float32 []) 1
 */
export const sin = unary("sin", { derivative: ({ x }) => cos(x), saves: [0], tolerance });
/**
 * cos x, of radians, elementwise. dy/dx = −sin x.
 * @pytorch torch.cos
 * @example
 * import { cos, tensor } from "tapegrad";
 * console.log(cos(tensor([0, Math.PI]))); // → Tensor(float32 [2]) [ 1, -1]
 */
export const cos = unary("cos", { derivative: ({ x }) => neg(sin(x)), saves: [0], tolerance });
/**
 * Hyperbolic tangent (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), elementwise. dy/dx = 1 − y².
 * @pytorch torch.tanh
 * @example
 * import { tanh, tensor } from "tapegrad";
 * console.log(tanh(tensor([-20, 0, 0.5]))); // → Tensor(float32 [3]) [      -1,        0, 0.462117]
 */
export const tanh = unary("tanh", { derivative: ({ y }) => sub(1, square(y)), saves: ["y"], tolerance });
/**
 * The logistic function σ(x) = 1 / (1 + e⁻ˣ), elementwise. dy/dx = y (1 − y).
 * @pytorch torch.sigmoid
 * @example
 * import { sigmoid, tensor } from "tapegrad";
 * console.log(sigmoid(tensor([-1, 0, 1]))); // → Tensor(float32 [3]) [0.268941,      0.5, 0.731059]
 */
export const sigmoid = unary("sigmoid", { derivative: ({ y }) => mul(y, sub(1, y)), saves: ["y"], tolerance });
/**
 * log(1 + eˣ), elementwise, without overflow. dy/dx = σ(x).
 * @pytorch torch.nn.functional.softplus
 * @example
 * import { softplus, tensor } from "tapegrad";
 * console.log(softplus(tensor([-1000, 0, 1000]))); // → Tensor(float32 [3]) [       0, 0.693147,     1000]
 */
export const softplus = unary("softplus", { derivative: ({ x }) => sigmoid(x), saves: [0], tolerance });
/**
 * The error function 2/√π ∫₀ˣ exp(−t²) dt, elementwise. dy/dx = 2/√π · exp(−x²).
 * @pytorch torch.erf
 * @example
 * import { erf, tensor } from "tapegrad";
 * console.log(erf(tensor([0, 1]))); // → Tensor(float32 [2]) [       0, 0.842701]
 */
export const erf = unary("erf", {
  derivative: ({ x }) => mul(2 / Math.sqrt(Math.PI), exp(neg(square(x)))),
  saves: [0],
  tolerance,
});

/**
 * aᵇ, as IEEE 754 has it: a⁰ = 1ᵇ = (−1)^±∞ = 1, whatever a and b. ∂/∂a = b·aᵇ⁻¹, 0 where b = 0; ∂/∂b = aᵇ·log a, 0 where a = 0
 * and b ≥ 0 (PyTorch's convention). The operands are replaced before the power is taken, so that second derivatives at these
 * points are finite too.
 * @throws ShapeError unless the shapes broadcast.
 * @pytorch torch.pow
 * @example
 * import { grad, pow, tensor } from "tapegrad";
 * console.log(pow(tensor([1, 2, 3]), 2)); // → Tensor(float32 [3]) [1, 4, 9]
 * console.log(grad((x) => pow(x, 3))(tensor(2))); // → Tensor(float32 []) 12
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
 * √x with derivatives of 0 at 0, instead of infinite ones. The norm `safeSqrt(Σ x²)` has the gradient 0 at x = 0; with `sqrt`
 * it would be ∞ · 0, which is NaN.
 * @example
 * import { grad, safeSqrt, tensor, zeros } from "tapegrad";
 * const slope = grad((x) => safeSqrt(x.square().sum())); // of the norm
 * console.log(slope(tensor([3, 4])), slope(zeros([2])));
 * // → Tensor(float32 [2]) [0.6, 0.8] Tensor(float32 [2]) [0, 0]
 */
export function safeSqrt(x: TensorLike): Tensor {
  const [input] = operands("safeSqrt", [x], "floating");
  const isZero = equal(input, 0);
  return where(isZero, 0, sqrt(where(isZero, 1, input)));
}

/**
 * The Gaussian error linear unit x · Φ(x), exact (PyTorch's default), with Φ the normal distribution function.
 * @pytorch torch.nn.functional.gelu
 * @example
 * import { gelu, tensor } from "tapegrad";
 * console.log(gelu(tensor([-1, 0, 1]))); // → Tensor(float32 [3]) [-0.158655,         0,  0.841345]
 */
export function gelu(x: TensorLike): Tensor {
  const [input] = operands("gelu", [x], "floating");
  return mul(mul(0.5, input), add(1, erf(mul(input, Math.SQRT1_2))));
}
