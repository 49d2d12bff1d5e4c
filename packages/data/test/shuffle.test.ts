/** Random orders: permutations, the same for the same seed, and evenly spread. */
import { TapegradError } from "@tapegrad/core";
import { shuffled, splitHeldOut } from "@tapegrad/data";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { permutation } from "../src/random.ts";

const seeds = fc.oneof(fc.nat(), fc.maxSafeNat());

describe("shuffled", () => {
  it("keeps every item, and has one order for each seed", () => {
    fc.assert(
      fc.property(fc.array(fc.anything()), seeds, (items, seed) => {
        const order = shuffled(items, seed);
        expect(order).toHaveLength(items.length);
        for (const item of new Set(items)) {
          const count = (list: readonly unknown[]) => list.filter((other) => Object.is(other, item)).length;
          expect(count(order)).toBe(count(items));
        }
        expect(shuffled(items, seed)).toEqual(order);
      }),
    );
  });

  it("is this order for ever: runs are resumed from their seeds", () => {
    expect(shuffled([..."abcdefghij"], 1).join("")).toMatchInlineSnapshot(`"fijdcgbaeh"`);
    expect(shuffled([..."abcdefghij"], 2 ** 40 + 1).join("")).toMatchInlineSnapshot(`"efdgcjabih"`);
  });

  it("puts every item in every place equally often, and streams differ", () => {
    const [n, runs] = [6, 6000];
    const counts = new Map<string, number>();
    for (let stream = 0; stream < runs; stream++) {
      for (const [place, item] of permutation(n, 7, stream).entries()) {
        counts.set(`${place} ${item}`, (counts.get(`${place} ${item}`) ?? 0) + 1);
      }
    }
    // χ² over 36 cells with 25 degrees of freedom: 60.1 is exceeded with probability 1e-4, and here nothing is left to chance.
    const expected = runs / n;
    const statistic = [...counts.values()].reduce((total, count) => total + (count - expected) ** 2 / expected, 0);
    expect(counts.size).toBe(n * n);
    expect(statistic).toBeLessThan(60.1);
  });

  it("gives neighbouring seeds orders that have nothing to do with each other", () => {
    const [n, runs] = [50, 400];
    let fixed = 0;
    for (let seed = 0; seed < runs; seed++) {
      const [a, b] = [permutation(n, seed), permutation(n, seed + 1)];
      fixed += a.filter((item, place) => item === b[place]).length;
    }
    // Two random permutations agree in one place on average, with variance 1.
    expect(Math.abs(fixed / runs - 1)).toBeLessThan(5 / Math.sqrt(runs));
  });
});

describe("splitHeldOut", () => {
  it("parts the items, and keeps groups together and orders as they are", () => {
    const options = fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), seed: seeds });
    fc.assert(
      fc.property(fc.array(fc.nat(30)), options, (values, { share, seed }) => {
        const items = values.map((value, index) => ({ value, index }));
        const { training, heldOut } = splitHeldOut(items, { share, seed, groupOf: ({ value }) => value });
        const kinds = new Set(values).size;
        const held = new Set(heldOut.map(({ value }) => value));
        expect(held.size).toBe(Math.round(kinds * share));
        expect(training.filter(({ value }) => held.has(value))).toEqual([]);
        expect([...training, ...heldOut].toSorted((a, b) => a.index - b.index)).toEqual(items);
        for (const side of [training, heldOut]) expect(side).toEqual(side.toSorted((a, b) => a.index - b.index));
        expect(splitHeldOut(items, { share, seed, groupOf: ({ value }) => value })).toEqual({ training, heldOut });
      }),
    );
  });

  it("holds out a tenth of the items by default, equal ones apart", () => {
    const { training, heldOut } = splitHeldOut(new Array(50).fill("same"), { seed: 3 });
    expect([training.length, heldOut.length]).toEqual([45, 5]);
  });
});

it.each([
  ["shuffled: the seed is not an integer of 0 or more: -1; use 0 or more", () => shuffled([1], -1)],
  ["splitHeldOut: the seed is not an integer of 0 or more: 0.5; use 0 or more", () => splitHeldOut([1], { seed: 0.5 })],
  ["splitHeldOut: not a share: 10; use 0 ≤ share ≤ 1", () => splitHeldOut([1], { seed: 1, share: 10 })],
  ["splitHeldOut: not a share: NaN; use 0 ≤ share ≤ 1", () => splitHeldOut([1], { seed: 1, share: Number.NaN })],
])("%s", (message, run) => {
  expect(run).toThrow(TapegradError);
  expect(run).toThrow(message);
});
