/**
 * erf: x + x·P(x²) near zero, and 1 − e^G(|x|) beyond, where G approximates log(1 − erf): the subtrahend needs few correct
 * bits. Both are computed and one is selected.
 */
import { float32Coefficients, float64Coefficients } from "./coefficients.ts";
import { expOfModerate } from "./exponential.ts";
import type { Body } from "./kernel.ts";
import type { FloatType } from "./lanes.ts";

interface ErrorFunctionConstants {
  readonly small: readonly number[];
  readonly large: readonly number[];
  /** Where one polynomial hands over to the other. */
  readonly split: number;
  /** Where 1 − erf is less than a quarter ULP of 1. */
  readonly saturation: number;
}

const table: Readonly<Record<FloatType, ErrorFunctionConstants>> = {
  f32: { small: float32Coefficients.erfSmall, large: float32Coefficients.erfLarge, split: 0.9, saturation: 4 },
  f64: { small: float64Coefficients.erfSmall, large: float64Coefficients.erfLarge, split: 1, saturation: 6 },
};

export const erf: Body = (lanes, x) => {
  const { small, large, split, saturation } = table[lanes.format.type];
  const squared = lanes.let(lanes.mul(x, x));
  const near = lanes.madd(x, lanes.polynomial(squared, small), x);
  const magnitude = lanes.let(lanes.abs(x));
  const bound = lanes.let(lanes.atMost(magnitude, saturation));
  const complement = expOfModerate(lanes, lanes.let(lanes.polynomial(bound, large)));
  const far = lanes.copySign(lanes.sub(lanes.constant(1), complement), x);
  return lanes.select(lanes.less(magnitude, lanes.constant(split)), near, far);
};
