import { expect, test } from "vitest";
import { drawBar } from "../src/display.ts";
import { formatDuration } from "../src/duration.ts";

test.each([
  [0, "0:00"],
  [65.4, "1:05"],
  [3600, "1:00:00"],
  [7265, "2:01:05"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test("the bar is full at the end, and only then", () => {
  expect([0, 0.5, 0.999, 1].map((done) => drawBar(done, 4))).toEqual(["░░░░", "██░░", "███░", "████"]);
});
