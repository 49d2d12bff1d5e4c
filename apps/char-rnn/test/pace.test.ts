import { expect, test } from "vitest";
import { lookInterval, sampleInterval } from "../src/training/pace.ts";

test.each([
  [1, 10, 1],
  [10, 10, 10],
  [99, 10, 99],
  [250, 25, 84],
  [1000, 100, 200],
  [100_000, 250, 500],
])("a run of %d steps looks every %d and samples every %d", (steps, look, sample) => {
  expect([lookInterval(steps), sampleInterval(steps)]).toEqual([look, sample]);
});
