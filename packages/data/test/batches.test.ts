/** Batches: every item once an epoch, any batch from its number alone, and lengths that fit together. */
import { ShapeError, TapegradError } from "@tapegrad/core";
import { Batches, type BatchesOptions } from "@tapegrad/data";
import fc from "fast-check";
import { expect, it } from "vitest";

const items = fc
  .array(fc.string(), { minLength: 1, maxLength: 60 })
  .map((texts) => texts.map((text, at) => ({ text, at })));
type Item = { readonly text: string; readonly at: number };

const options: fc.Arbitrary<BatchesOptions<Item>> = fc
  .record({ size: fc.integer({ min: 1, max: 8 }), seed: fc.option(fc.nat()), byLength: fc.boolean() })
  .map(({ size, seed, byLength }) => ({
    size,
    ...(seed === null ? {} : { seed }),
    ...(byLength ? { lengthOf: ({ text }: Item) => text.length } : {}),
  }));

it("every epoch has every item once, in batches of the size", () => {
  fc.assert(
    fc.property(items, options, fc.nat(20), (given, chosen, epoch) => {
      const batches = new Batches(given, chosen);
      const all = [...batches.epoch(epoch)];
      expect(all.flat().toSorted((a, b) => a.at - b.at)).toEqual(given);
      expect(all).toHaveLength(Math.ceil(given.length / chosen.size));
      const smaller = all.filter((batch) => batch.length !== chosen.size);
      expect(smaller.map((batch) => batch.length)).toEqual(
        given.length % chosen.size === 0 ? [] : [given.length % chosen.size],
      );
    }),
  );
});

it("without the last, every batch has the size and no item comes twice", () => {
  fc.assert(
    fc.property(items, options, fc.nat(20), (given, chosen, epoch) => {
      fc.pre(given.length >= chosen.size);
      const all = [...new Batches(given, { ...chosen, dropLast: true }).epoch(epoch)];
      expect(all.map((batch) => batch.length)).toEqual(
        new Array(Math.floor(given.length / chosen.size)).fill(chosen.size),
      );
      expect(new Set(all.flat()).size).toBe(all.length * chosen.size);
    }),
  );
});

it("a batch depends on its number alone", () => {
  fc.assert(
    fc.property(items, options, fc.array(fc.nat(200), { maxLength: 5 }), (given, chosen, steps) => {
      const once = new Batches(given, chosen);
      for (const step of steps) expect(once.at(step)).toEqual(new Batches(given, chosen).at(step));
    }),
  );
});

const numbers = Array.from({ length: 1000 }, (_, i) => i);

it("with a seed epochs differ, without one the order is the given one", () => {
  const seeded = new Batches(numbers, { size: 10, seed: 1 });
  expect([...seeded.epoch(0)].flat()).not.toEqual([...seeded.epoch(1)].flat());
  expect([...seeded.epoch(0)].flat()).not.toEqual([...new Batches(numbers, { size: 10, seed: 2 }).epoch(0)].flat());
  const plain = new Batches(numbers, { size: 10 });
  expect([...plain.epoch(0)].flat()).toEqual(numbers);
  expect(plain.at(123)).toEqual(plain.at(23));
});

it("by length, batches need little padding but come in random order", () => {
  const lengthOf = (value: number) => (value * 7) % 20;
  const padding = (batches: Batches<number>) =>
    [...batches.epoch()].reduce((total, batch) => {
      const lengths = batch.map(lengthOf);
      return total + Math.max(...lengths) * lengths.length - lengths.reduce((sum, length) => sum + length);
    }, 0);
  const bucketed = new Batches(numbers, { size: 10, seed: 1, lengthOf });
  expect(padding(bucketed)).toBeLessThan(0.15 * padding(new Batches(numbers, { size: 10, seed: 1 })));
  const longest = [...bucketed.epoch()].map((batch) => Math.max(...batch.map(lengthOf)));
  expect(longest).not.toEqual(longest.toSorted((a, b) => a - b));
});

it.each([
  [
    "Batches: the size is not an integer of 1 or more: 0; use 1 or more",
    ShapeError,
    () => new Batches([1], { size: 0 }),
  ],
  [
    "Batches: the size is not an integer of 1 or more: 1.5; use 1 or more",
    ShapeError,
    () => new Batches([1], { size: 1.5 }),
  ],
  [
    "Batches: too few items: 0 (0 < 1); use a smaller size, or keep the last batch",
    ShapeError,
    () => new Batches([], { size: 2 }),
  ],
  [
    "Batches: too few items: 3 (3 < 4); use a smaller size, or keep the last batch",
    ShapeError,
    () => new Batches([1, 2, 3], { size: 4, dropLast: true }),
  ],
  [
    "Batches: the option seed is not an integer of 0 or more: -1; use 0 or more",
    TapegradError,
    () => new Batches([1], { size: 1, seed: -1 }),
  ],
  [
    "Batches: the step is not an integer of 0 or more: -1; use 0 or more",
    ShapeError,
    () => new Batches([1, 2], { size: 1 }).at(-1),
  ],
  [
    "Batches: the step is not an integer of 0 or more: 0.5; use 0 or more",
    ShapeError,
    () => new Batches([1, 2], { size: 1 }).at(0.5),
  ],
])("%s", (message, kind, run) => {
  expect(run).toThrow(kind);
  expect(run).toThrow(message);
});
