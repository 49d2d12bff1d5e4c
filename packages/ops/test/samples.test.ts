/** The samples themselves: complete, deterministic, and of the kinds that tests rely on. */
import { sizeOf } from "@tapegrad/core";
import { expect, test } from "vitest";
import { primitives } from "../src/index.ts";
import { compositeSamples, distinct, type Sample, samples, sampleValues } from "../src/samples/index.ts";

const tables: readonly (readonly [string, readonly Sample[]])[] = [
  ...Object.entries(samples),
  ...Object.entries(compositeSamples),
];

test("every primitive has some, under names that differ", () => {
  expect(Object.keys(samples).sort()).toEqual(Object.keys(primitives).sort());
  for (const [op, list] of tables) {
    const names = list.map(({ name }) => name);
    expect(names.length, op).toBeGreaterThan(0);
    expect(new Set(names).size, op).toBe(names.length);
  }
});

test("inputs fill their shapes, the same each time, and differ from each other", () => {
  for (const [op, list] of tables) {
    for (const sample of list) {
      const values = sampleValues(sample);
      expect(
        values.map(({ length }) => length),
        `${op} ${sample.name}`,
      ).toEqual(sample.inputs.map(({ shape }) => sizeOf(shape)));
      expect(sampleValues(sample)).toEqual(values);
    }
  }
  const [a, b] = sampleValues({ name: "", inputs: [distinct([5]), distinct([5])], run: () => [] });
  expect(a).not.toEqual(b);
});

test("distinct values are apart from each other, from integers, and from those shifted by a half", () => {
  const [a = [], b = []] = sampleValues({ name: "", inputs: [distinct([40]), distinct([40], 0.5)], run: () => [] });
  const sorted = [...a, ...b].sort((x, y) => x - y);
  expect(sorted.every((value, i) => i === 0 || value - (sorted[i - 1] ?? NaN) >= 0.2 - 1e-12)).toBe(true);
  expect(a.every((value) => Math.abs(value - Math.round(value)) >= 0.35 - 1e-12)).toBe(true);
});
