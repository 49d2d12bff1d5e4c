/** The middle of samples. */
import { expect, it } from "vitest";
import { median } from "../src/median.ts";

it("is the one in the middle, or the mean of the two in the middle", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});
