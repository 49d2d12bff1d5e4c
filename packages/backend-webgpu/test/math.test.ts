/** The elementary functions against double precision, over every exponent and densely where they change. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import type { Tensor } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import * as ops from "@tapegrad/ops";
import { seededUniforms } from "@tapegrad/ops/samples";
import { describe, expect, test } from "vitest";
import { backendUnderTest, withoutAdapter } from "./adapter.ts";

type Unary = (x: Tensor) => Tensor;

/** Units in the last place: measured on SwiftShader, rounded up. The records of the ops allow 3, and 4 for pow. */
const bounds: readonly (readonly [string, Unary, number])[] = [
  ["cos", ops.cos, 2.5],
  ["erf", ops.erf, 2],
  ["exp", ops.exp, 2],
  ["expm1", ops.expm1, 2],
  ["log", ops.log, 2],
  ["log1p", ops.log1p, 2],
  ["rsqrt", ops.rsqrt, 2],
  ["sigmoid", ops.sigmoid, 3],
  ["sin", ops.sin, 2.5],
  ["softplus", ops.softplus, 2],
  ["sqrt", ops.sqrt, 0.5],
  ["tanh", ops.tanh, 3],
];

const smallestNormal = 2 ** -126;

/** Both signs of every binade, and four ranges densely. */
function everywhere(): Float32Array {
  const random = seededUniforms(3);
  const values: number[] = [];
  for (let exponent = -126; exponent < 128; exponent++)
    for (let i = 0; i < 64; i++) values.push((i % 2 === 0 ? 1 : -1) * (1 + random()) * 2 ** exponent);
  for (const range of [1, 4, 20, 110]) for (let i = 0; i < 8000; i++) values.push((2 * random() - 1) * range);
  for (let i = -2000; i <= 2000; i++) values.push(1 + i * 2 ** -24, (i * Math.PI) / 2, i / 64);
  return Float32Array.from(values);
}

/** The error in units of the last place of the exact value; numbers that a device may flush to zero count as such. */
function ulps(actual: number, exact: number): number {
  if (Object.is(actual, exact) || actual === exact || (Number.isNaN(actual) && Number.isNaN(exact))) return 0;
  if (!Number.isFinite(Math.fround(exact))) return actual === Math.fround(exact) ? 0 : Number.POSITIVE_INFINITY;
  if (Math.abs(exact) < smallestNormal) return Math.abs(actual) <= smallestNormal ? 0 : Number.POSITIVE_INFINITY;
  const unit = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(exact))), -126) - 23);
  return Math.abs(actual - exact) / unit;
}

async function worst(run: (...x: Tensor[]) => Tensor, ...inputs: Float32Array[]) {
  const shape = [inputs[0]?.length ?? 0];
  const backend = backendUnderTest();
  const actual = await run(...inputs.map((data) => fromHost(data, shape, "float32", backend))).data();
  const doubles = inputs.map((data) => fromHost(Float64Array.from(data), shape, "float64", cpuBackend));
  const exact = run(...doubles).dataSync();
  let found = { error: 0, at: 0 };
  for (let i = 0; i < actual.length; i++) {
    const error = ulps(actual[i] ?? 0, exact[i] ?? 0);
    if (!(error <= found.error)) found = { error, at: i };
  }
  const at = inputs.map((data) => data[found.at]).join(", ");
  return { error: found.error, where: `at ${at}: ${actual[found.at]} instead of ${exact[found.at]}` };
}

describe.skipIf(withoutAdapter)("elementary functions on WebGPU", () => {
  test.each(bounds)("%s", async (name, run, bound) => {
    const { error, where } = await worst(run, everywhere());
    console.log(`${name}: ${error.toFixed(2)} ULP ${where}`);
    expect(error, where).toBeLessThanOrEqual(bound);
  });

  test("pow", async () => {
    const random = seededUniforms(7);
    const count = 50_000;
    const bases = Float32Array.from({ length: count }, (_, i) =>
      i % 4 === 0 ? 1 + (random() - 0.5) * 2 ** -Math.floor(20 * random()) : 2 ** (250 * random() - 125),
    );
    const exponents = bases.map((base, i) => {
      const reach = 150 / Math.max(Math.abs(Math.log2(base)), 1e-6);
      return i % 3 === 0 ? Math.round(20 * (random() - 0.5)) : (2 * random() - 1) * Math.min(reach, 1e6);
    });
    const { error, where } = await worst(ops.pow, bases, exponents);
    console.log(`pow: ${error.toFixed(2)} ULP ${where}`);
    expect(error, where).toBeLessThanOrEqual(2);
  });

  const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];

  test("pow has IEEE 754's special values", async () => {
    const special = [0, -0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 1e30, -1e30, 1e-30, inf, -inf, nan, 16777217, -16777215];
    const pairs = special.flatMap((a) => special.map((b) => [a, b] as const));
    const column = (k: 0 | 1) =>
      fromHost(
        Float32Array.from(pairs, (pair) => pair[k]),
        [pairs.length],
        "float32",
        backendUnderTest(),
      );
    const actual = await ops.pow(column(0), column(1)).data();
    // Where JavaScript differs.
    const isOne = (a: number, b: number) => a === 1 || (a === -1 && Math.abs(b) === inf);
    const named = (values: readonly number[]) => pairs.map(([a, b], i) => `${a} ** ${b} = ${values[i]}`);
    expect(named(Array.from(actual))).toEqual(
      named(pairs.map(([a, b]) => (isOne(a, b) ? 1 : Math.fround(Math.fround(a) ** Math.fround(b))))),
    );
  });

  test.each<[string, Unary, readonly number[], readonly number[]]>([
    ["cos", ops.cos, [0, -0, inf, -inf, nan], [1, 1, nan, nan, nan]],
    ["erf", ops.erf, [0, -0, 7, -7, inf, -inf, nan], [0, -0, 1, -1, 1, -1, nan]],
    ["exp", ops.exp, [0, -0, inf, -inf, 1000, -1000, nan], [1, 1, inf, 0, inf, 0, nan]],
    ["expm1", ops.expm1, [0, -0, inf, -inf, 1000, -50, nan], [0, -0, inf, -1, inf, -1, nan]],
    ["floor", ops.floor, [0, -0, 1.5, -1.5, inf, -inf, nan], [0, -0, 1, -2, inf, -inf, nan]],
    ["log", ops.log, [0, -0, 1, inf, -inf, -1, nan], [-inf, -inf, 0, inf, nan, nan, nan]],
    ["log1p", ops.log1p, [0, -0, -1, inf, -inf, -2, nan], [0, -0, -inf, inf, nan, nan, nan]],
    ["relu", ops.relu, [inf, -inf, nan], [inf, 0, nan]],
    ["rsqrt", ops.rsqrt, [0, 4, inf, -1, nan], [inf, 0.5, 0, nan, nan]],
    ["sigmoid", ops.sigmoid, [0, inf, -inf, nan], [0.5, 1, 0, nan]],
    ["sign", ops.sign, [0, -0, inf, -inf, nan], [0, -0, 1, -1, nan]],
    ["sin", ops.sin, [0, -0, inf, -inf, nan], [0, -0, nan, nan, nan]],
    ["softplus", ops.softplus, [inf, -inf, nan], [inf, 0, nan]],
    ["sqrt", ops.sqrt, [0, 4, inf, -1, nan], [0, 2, inf, nan, nan]],
    ["tanh", ops.tanh, [0, -0, inf, -inf, nan], [0, -0, 1, -1, nan]],
  ])("%s is exact at special values", async (_, run, x, y) => {
    const data = await run(fromHost(Float32Array.from(x), [x.length], "float32", backendUnderTest())).data();
    expect(Array.from(data)).toEqual(y);
  });

  test("casts to int32 truncate and saturate, and NaN is 0 but true", async () => {
    const x = fromHost(
      Float32Array.from([1.9, -1.9, 3e9, -3e9, inf, -inf, nan, 0, -0]),
      [9],
      "float32",
      backendUnderTest(),
    );
    const [least, most] = [-(2 ** 31), 2 ** 31 - 1];
    expect(Array.from(await ops.cast(x, "int32").data())).toEqual([1, -1, most, least, most, least, 0, 0, 0]);
    expect(Array.from(await ops.cast(x, "bool").data())).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 0]);
  });
});
