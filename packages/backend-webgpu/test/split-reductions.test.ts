/** Long reductions in two steps. */
import { compile } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { isPlain, type ReduceStep, schedule } from "@tapegrad/compiler";
import { type Backend, type Tensor, withBackend } from "@tapegrad/core";
import { Generator, max, min, mul, sum, transpose } from "@tapegrad/ops";
import { describe, expect, test } from "vitest";
import { splitReductions } from "../src/program/split-reductions.ts";
import { target } from "../src/program/target.ts";
import { backendUnderTest, withoutAdapter } from "./adapter.ts";

const cases: readonly (readonly [name: string, shape: readonly number[], fn: (x: Tensor) => Tensor, steps: number])[] =
  [
    ["all of a vector", [2 ** 17], (x) => sum(x), 2],
    ["all of a matrix, the longer axis in parts", [12, 2 ** 15], (x) => sum(mul(x, x)), 2],
    ["rows of a few", [4, 3 * 2 ** 15], (x) => max(x, { axis: 1 }), 2],
    ["columns, across memory", [2 ** 16, 3], (x) => min(x, { axis: 0 }), 2],
    ["what was transposed", [2 ** 16, 3], (x) => sum(transpose(x), { axis: 1, keepDims: true }), 2],
    ["many results stay one step", [1000, 2 ** 10], (x) => sum(x, { axis: 1 }), 1],
    ["a length without divisors stays one step", [131_071], (x) => sum(x), 1],
    ["what is short stays one step", [2 ** 15], (x) => sum(x), 1],
  ];

function inputOf(shape: readonly number[], backend: Backend): Tensor {
  return withBackend(backend, () => new Generator(2).uniform([...shape]));
}

test.each(cases)("%s", (_, shape, fn, steps) => {
  const program = compile(fn).program(inputOf(shape, cpuBackend));
  const reductions = splitReductions(schedule(program, target).steps)
    .filter(isPlain)
    .filter((step): step is ReduceStep => step.kind === "reduce");
  expect(reductions).toHaveLength(steps);
});

describe.skipIf(withoutAdapter)("on the device", () => {
  test.each(cases)("%s", async (_, shape, fn) => {
    const [actual, expected] = [backendUnderTest(), cpuBackend].map((backend) =>
      withBackend(backend, () => compile(fn)(inputOf(shape, backend))).data(),
    );
    const wanted = await expected;
    for (const [i, value] of ((await actual) ?? []).entries())
      expect(Math.abs(value / (wanted?.[i] ?? Number.NaN) - 1)).toBeLessThan(1e-6);
    expect((await actual)?.length).toBe(wanted?.length);
  });
});
