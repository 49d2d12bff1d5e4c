/** The timer takes turns and reports the middle. */
import { expect, it } from "vitest";
import { interleave, median } from "../src/interleaved.ts";

it("the median is the middle, or the mean of the two in the middle", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

it("runs every contender equally often, and each is first in its turn", () => {
  const order: string[] = [];
  const contenders = ["a", "b"].map((name) => ({ name, run: () => void order.push(name) }));
  const timings = interleave(contenders, { budget: 0, rounds: 4 });
  expect(timings.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(timings.every(({ median: middle }) => middle >= 0)).toBe(true);
  // Three rounds to warm up, four that count.
  expect(order.join("")).toBe("ab".concat("ba", "ab", "ba", "ab", "ba", "ab"));
});
