import { cpuBackend } from "@tapegrad/backend-cpu";
import { setBackend, setDefaultDType, type Tensor, tensor } from "@tapegrad/core";
import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { Generator } from "../src/index.ts";

beforeAll(() => setBackend(cpuBackend));
afterEach(() => setDefaultDType("float32"));

const data = (x: Tensor) => [...x.dataSync()];

/** One of each kind of draw. */
function draws(g: Generator): number[][] {
  return [g.uniform([3]), g.normal([2, 2]), g.bernoulli(0.5, [5]), g.permutation(6), g.bits([2], 31)].map(data);
}

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}

/** How far a mean of n values of variance σ² may stray: five standard errors, once in two million seeds. */
const bound = (variance: number, n: number) => 5 * Math.sqrt(variance / n);

describe("a Generator", () => {
  test("draws the same from the same seed, something else from another, and never twice the same", () => {
    expect(draws(new Generator(5))).toEqual(draws(new Generator(5)));
    expect(draws(new Generator(5))).not.toEqual(draws(new Generator(6)));
    const g = new Generator(5);
    expect(draws(g)).not.toEqual(draws(g));
  });

  test("uses all 53 bits of its seed", () => {
    const first = (seed: number) => data(new Generator(seed).bits([4], 31));
    const seeds = [0, 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 52, 2 ** 53 - 1];
    expect(new Set(seeds.map((seed) => first(seed).join())).size).toBe(seeds.length);
  });

  test("resumes exactly from its saved state, in another Generator too", () => {
    const g = new Generator(9);
    draws(g);
    const saved = g.state.dataSync();
    const expected = draws(g);
    const resumed = new Generator(0);
    resumed.state.assign(tensor(saved, { dtype: "int32" }));
    expect(draws(resumed)).toEqual(expected);
  });

  test("has a state that no optimiser touches: int32 [3], counting draws", () => {
    const g = new Generator(2 ** 32 + 7);
    expect([g.state.dtype, g.state.shape, g.state.trainable, g.state.name]).toEqual(["int32", [3], false, "generator"]);
    expect(data(g.state.value)).toEqual([7, 1, 0]);
    g.bits([100], 8);
    expect(data(g.state.value)).toEqual([7, 1, 1]);
  });

  test("is known by its first numbers, which must never change", () => {
    // threefry2x32 of the zero key and block begins with 6b200159 99ba4efe, as its authors publish.
    expect(data(new Generator(0).bits([2], 31))).toEqual([0x6b200159 >>> 1, 0x99ba4efe >>> 1]);
    expect(data(new Generator(0).uniform([2]))).toEqual([(0x6b200159 >>> 8) / 2 ** 24, (0x99ba4efe >>> 8) / 2 ** 24]);
  });
});

const n = 20_000;

describe.each(["float32", "float64"] as const)("in %s", (dtype) => {
  test("uniform is on [0, 1), with the mean and variance of one", () => {
    const values = data(new Generator(1).uniform([n], { dtype }));
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const { mean, variance } = moments(values);
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(bound(1 / 12, n));
    // The variance of (u − ½)² is 1/180.
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(bound(1 / 180, n));
    const counts = Array.from({ length: 10 }, (_, i) => values.filter((value) => Math.floor(10 * value) === i).length);
    // χ² with nine degrees of freedom exceeds 34 once in ten thousand.
    expect(counts.reduce((sum, count) => sum + (count - n / 10) ** 2 / (n / 10), 0)).toBeLessThan(34);
  });

  test("uniform on [low, high)", () => {
    const values = data(new Generator(2).uniform([n], { dtype, low: -3, high: 5 }));
    expect(values.every((value) => value >= -3 && value < 5)).toBe(true);
    expect(Math.abs(moments(values).mean - 1)).toBeLessThan(bound(64 / 12, n));
  });

  test("normal has mean 0, variance 1, and its share of tails", () => {
    const values = data(new Generator(3).normal([n], { dtype }));
    const { mean, variance } = moments(values);
    expect(values.every(Number.isFinite)).toBe(true);
    expect(Math.abs(mean)).toBeLessThan(bound(1, n));
    expect(Math.abs(variance - 1)).toBeLessThan(bound(2, n));
    // P(|x| > 2) = 0.0455003.
    const tails = values.filter((value) => Math.abs(value) > 2).length / n;
    expect(Math.abs(tails - 0.0455003)).toBeLessThan(bound(0.0455 * 0.9545, n));
  });
});

test("draws are of the default dtype", () => {
  setDefaultDType("float64");
  const g = new Generator(1);
  expect([g.uniform([1]).dtype, g.normal([1]).dtype, g.bernoulli(0.5, [1]).dtype]).toEqual([
    "float64",
    "float64",
    "bool",
  ]);
});

test("float64 draws have more than 24 bits", () => {
  const values = data(new Generator(1).uniform([10], { dtype: "float64" }));
  expect(values.every((value) => value !== Math.fround(value))).toBe(true);
});

test("bernoulli is true as often as asked, always for 1 and never for 0", () => {
  const g = new Generator(4);
  for (const p of [0.1, 0.5, 0.9])
    expect(Math.abs(moments(data(g.bernoulli(p, [n]))).mean - p)).toBeLessThan(bound(p * (1 - p), n));
  expect(data(g.bernoulli(0, [1000])).every((value) => value === 0)).toBe(true);
  expect(data(g.bernoulli(1, [1000])).every((value) => value === 1)).toBe(true);
});

test("bits stay below 2^bits", () => {
  const g = new Generator(5);
  for (const bits of [1, 8, 24, 31]) {
    const values = data(g.bits([1000], bits));
    expect(values.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** bits)).toBe(true);
    expect(Math.max(...values)).toBeGreaterThanOrEqual(2 ** (bits - 1));
  }
});

test("a permutation has every number once", () => {
  fc.assert(
    fc.property(fc.nat(50), fc.nat(), (length, seed) => {
      const values = data(new Generator(seed).permutation(length));
      expect(values.toSorted((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
    }),
    { seed: 6 },
  );
  expect(data(new Generator(1).permutation(20))).not.toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test("every position of a permutation is as likely for every number", () => {
  const g = new Generator(8);
  const counts = new Map<string, number>();
  for (let i = 0; i < 1200; i++) {
    const key = data(g.permutation(3)).join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  // χ² with five degrees of freedom exceeds 26 once in ten thousand.
  expect([...counts.values()].reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0)).toBeLessThan(26);
  expect(counts.size).toBe(6);
});

test("bernoulli asks all 31 bits: 0 is never, 1 always, and 2⁻³⁰ the two smallest values", () => {
  class Fixed extends Generator {
    override bits(): Tensor {
      return tensor([0, 1, 2, 2 ** 31 - 1], { dtype: "int32" });
    }
  }
  const kept = (p: number) => data(new Fixed(1).bernoulli(p, [4]));
  expect(kept(0)).toEqual([0, 0, 0, 0]);
  expect(kept(1e-12)).toEqual([0, 0, 0, 0]);
  expect(kept(2 ** -30)).toEqual([1, 1, 0, 0]);
  expect(kept(1 - 2 ** -31)).toEqual([1, 1, 1, 0]);
  expect(kept(1)).toEqual([1, 1, 1, 1]);
});
