/** Arguments and reference values for every function and type, and the error of results in ULP. */
import type { FloatType, MathFunction } from "../src/math/index.ts";
import type { DoubleDouble } from "./math-double-double.ts";
import * as precise from "./math-double-double.ts";
import type { FloatArray } from "./math-runner.ts";
import { everyExponent, join, neighbours, range } from "./math-samples.ts";

/** What has a sweep of its own: pow has two operands, sign and floor are exact. */
export type SweptFunction = Exclude<MathFunction, "pow" | "sign" | "floor" | "sqrt">;

/** In doubles, whose functions in V8 (fdlibm's) err by less than one of their ULP: exact enough for float32. */
const doubles: Readonly<Record<SweptFunction, (x: number) => number>> = {
  cos: Math.cos,
  erf: erfInDoubles,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  rsqrt: (x) => 1 / Math.sqrt(x),
  sigmoid: (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
  sin: Math.sin,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  tanh: Math.tanh,
};

/** As `precise.erf`, some 10⁻¹⁵ off. */
function erfInDoubles(x: number): number {
  if (Math.abs(x) > 3) return precise.erf(x)[0];
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const doubleDoubles: Readonly<Record<SweptFunction, (x: number) => DoubleDouble>> = {
  cos: (x) => precise.sine(x, 1),
  erf: precise.erf,
  exp: (x) => precise.exp([x, 0]),
  expm1: (x) => precise.expm1([x, 0]),
  log: precise.log,
  // For large x, log(x) + 1/x: there 1 + x would need more than two doubles.
  log1p: (x) => (x > 1e15 ? precise.add(precise.log(x), [1 / x, 0]) : precise.log1p([x, 0])),
  rsqrt: (x) => {
    // One Newton step from the double: y·(3 − x·y²)/2.
    const y = 1 / Math.sqrt(x);
    const step = precise.add([3, 0], precise.negate(precise.multiply([x, 0], precise.twoProduct(y, y))));
    return precise.scale(precise.multiply([y, 0], step), -1);
  },
  sigmoid: precise.sigmoid,
  sin: (x) => precise.sine(x, 0),
  softplus: precise.softplus,
  tanh: precise.tanh,
};

export interface Sweep {
  readonly x: FloatArray;
  /** The exact result as hi + lo; lo is zero for float32. */
  readonly high: Float64Array;
  readonly low: Float64Array;
}

const seams = [1, -1, 0.5, 0.9, -0.9, 2, Math.SQRT1_2, Math.SQRT2, Math.SQRT2 - 1, Math.LN2 / 2, -Math.LN2 / 2];

/** Multiples of π/2, where sin or cos is smallest for its argument, up to 10⁴. */
const quarterTurns = Array.from({ length: 6366 }, (_, n) => ((n + 1) * Math.PI) / 2);

export function sweep(type: FloatType, name: SweptFunction): Sweep {
  const [low, high] = domains[name] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const x = (type === "f32" ? float32Arguments(name) : float64Arguments(name)).filter((v) => v >= low && v <= high);
  const reference = { x, high: new Float64Array(x.length), low: new Float64Array(x.length) };
  for (const [i, argument] of x.entries()) {
    if (type === "f32") {
      reference.high[i] = doubles[name](argument);
    } else {
      const [hi, lo] = doubleDoubles[name](argument);
      reference.high[i] = hi;
      reference.low[i] = lo;
    }
  }
  return reference;
}

/** Where there is a finite value at all; sin and cos of more than 10⁴ are not held to a bound. */
const domains: { readonly [Name in SweptFunction]?: readonly [low: number, high: number] } = {
  cos: [-1e4, 1e4],
  log: [Number.MIN_VALUE, Number.MAX_VALUE],
  log1p: [-1 + Number.EPSILON, Number.MAX_VALUE],
  // Beyond, its reference would overflow.
  rsqrt: [1e-200, 1e200],
  sin: [-1e4, 1e4],
};

function float32Arguments(name: SweptFunction): FloatArray {
  const common = [
    everyExponent(Float32Array, 300),
    range(Float32Array, -1, 1, 40_000),
    range(Float32Array, -20, 20, 80_000),
    neighbours(Float32Array, seams, 1000),
  ];
  if (name === "sin" || name === "cos") {
    return join(...common, range(Float32Array, -1e4, 1e4, 100_000), neighbours(Float32Array, quarterTurns, 2));
  }
  if (name === "erf") return join(...common, range(Float32Array, -4, 4, 40_000));
  return join(...common, range(Float32Array, -105, 90, 100_000), range(Float32Array, 0, 4, 100_000));
}

function float64Arguments(name: SweptFunction): FloatArray {
  const common = [
    everyExponent(Float64Array, 8, 3),
    range(Float64Array, -1, 1, 8000),
    range(Float64Array, -20, 20, 8000),
    range(Float64Array, 0, 4, 8000),
    neighbours(Float64Array, seams, 100),
  ];
  if (name === "sin" || name === "cos") {
    return join(...common, range(Float64Array, -1e4, 1e4, 16_000), neighbours(Float64Array, quarterTurns, 1));
  }
  if (name === "log" || name === "log1p" || name === "rsqrt") return join(...common, everyExponent(Float64Array, 8));
  if (name === "tanh" || name === "erf") return join(...common);
  return join(...common, range(Float64Array, -708, 709, 10_000));
}

const layout = {
  f32: { mantissa: 23, lowest: -126, highest: 127 },
  f64: { mantissa: 52, lowest: -1022, highest: 1023 },
};

/** The worst and the mean distance from the exact results, in ULP of these; ∞ for a NaN on one side only. */
export function ulpError(type: FloatType, { x, high, low }: Sweep, results: FloatArray) {
  const { mantissa, lowest, highest } = layout[type];
  let [worst, at, sum] = [0, Number.NaN, 0];
  for (const [i, result] of results.entries()) {
    const [hi = 0, lo = 0] = [high[i], low[i]];
    const exponent = Math.min(Math.max(Math.floor(Math.log2(Math.abs(hi))), lowest), highest);
    const difference = hi === result ? lo : Math.abs(clamp(result) - clamp(hi) - lo);
    const error = Number.isNaN(difference)
      ? Number.POSITIVE_INFINITY
      : Math.abs(difference) / 2 ** (exponent - mantissa);
    sum += error;
    if (!(error <= worst)) [worst, at] = [error, x[i] ?? Number.NaN];
  }
  return { worst, at, mean: sum / results.length, count: results.length };

  /** Float32 overflow: ∞ stands for 2¹²⁸, which rounding to it means. */
  function clamp(value: number): number {
    return type === "f32" ? Math.min(Math.max(value, -(2 ** 128)), 2 ** 128) : value;
  }
}
