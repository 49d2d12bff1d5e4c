import { expect, test } from "vitest";
import { divergingColor } from "../src/components/color-scale.ts";

test.each([
  [-1, "rgb(33 102 172)"],
  [-0.75, "rgb(90 150 197)"],
  [0, "rgb(247 247 247)"],
  [1, "rgb(178 24 43)"],
  [7, "rgb(178 24 43)"],
  [-7, "rgb(33 102 172)"],
])("the light scale at %d", (value, color) => {
  expect(divergingColor(value, false)).toBe(color);
});
