/**
 * The vector functions by name. All give NaN for NaN, are exact at special values (exp(−∞) = 0, log(0) = −∞, tanh(±∞) = ±1,
 * …), treat denormals like other numbers and keep the sign of zero.
 */
import { erf } from "./error-function.ts";
import { exp, expm1, sigmoid, tanh } from "./exponential.ts";
import { type Body, kernel, type MathKernel } from "./kernel.ts";
import type { MathImports } from "./lane-calls.ts";
import type { FloatType } from "./lanes.ts";
import { log, log1p, softplus } from "./logarithm.ts";
import { pow32, pow64 } from "./power.ts";
import { cos, sin } from "./trigonometric.ts";

/** 1/√x: ±∞ for ±0, NaN for x < 0. */
const rsqrt: Body = (lanes, x) => lanes.div(lanes.constant(1), lanes.sqrt(x));

/** ±1, and ±0 and NaN for themselves. */
const sign: Body = (lanes, x) =>
  lanes.select(lanes.less(lanes.constant(0), lanes.abs(x)), lanes.copySign(lanes.constant(1), x), x);

export interface MathOptions {
  readonly type: FloatType;
  /** Whether to use relaxed_madd, which wants a machine that has it, and rounds once where the machine fuses. */
  readonly fma: boolean;
  readonly imports: MathImports;
}

const bodies = {
  cos: ({ imports }) => cos(imports.cos),
  erf: () => erf,
  exp: () => exp,
  expm1: () => expm1,
  floor: () => (lanes, x) => lanes.floor(x),
  log: () => log,
  log1p: () => log1p,
  pow: ({ type, imports }) => (type === "f32" ? pow32 : pow64(imports.pow)),
  rsqrt: () => rsqrt,
  sigmoid: () => sigmoid,
  sign: () => sign,
  sin: ({ imports }) => sin(imports.sin),
  softplus: () => softplus,
  sqrt: () => (lanes, x) => lanes.sqrt(x),
  tanh: () => tanh,
} as const satisfies Record<string, (options: MathOptions) => Body>;

export type MathFunction = keyof typeof bodies;

export const mathFunctions = Object.keys(bodies).filter(isMathFunction);

export function isMathFunction(name: string): name is MathFunction {
  return Object.hasOwn(bodies, name);
}

export function mathKernel(name: MathFunction, options: MathOptions): MathKernel {
  return kernel(options.type, options.fma, bodies[name](options));
}
