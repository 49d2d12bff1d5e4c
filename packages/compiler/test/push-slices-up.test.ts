/** Elementwise work on what is read in slices. */
import type { Tensor } from "@tapegrad/core";
import { add, mul, sigmoid, slice, split, tanh } from "@tapegrad/ops";
import { expect, it } from "vitest";
import { pushSlicesUp } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { passed, recorded } from "./passes.ts";

inDoublePrecision();

const after = (text: string) => text.split("→")[1] ?? "";

it("gates of which only slices are read are computed slice by slice, biases along", () => {
  const program = recorded(
    (x, y, b) => {
      const [i, f] = split(add(x, add(y, b)), 2, { axis: -1 });
      return i && f && mul(sigmoid(i), tanh(f));
    },
    [2, 4],
    [2, 4],
    [4],
  );
  expect(passed(pushSlicesUp, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [2,4], %1: float64 [2,4], %2: float64 [4])
      %3: float64 [2,4] = add(%1, %2)
      %4: float64 [2,4] = add(%0, %3)
      %5: float64 [2,2] = slice(%4) { starts: [0,0], sizes: [2,2], steps: [1,1] }
      %6: float64 [2,2] = slice(%4) { starts: [0,2], sizes: [2,2], steps: [1,1] }
      %7: float64 [2,2] = sigmoid(%5)
      %8: float64 [2,2] = tanh(%6)
      %9: float64 [2,2] = mul(%7, %8)
      return %9
    →
    program(%0: float64 [2,4], %1: float64 [2,4], %2: float64 [4])
      %3: float64 [2,2] = slice(%0) { starts: [0,0], sizes: [2,2], steps: [1,1] }
      %4: float64 [2,2] = slice(%1) { starts: [0,0], sizes: [2,2], steps: [1,1] }
      %5: float64 [2] = slice(%2) { starts: [0], sizes: [2], steps: [1] }
      %6: float64 [2,2] = add(%4, %5)
      %7: float64 [2,2] = add(%3, %6)
      %8: float64 [2,2] = slice(%0) { starts: [0,2], sizes: [2,2], steps: [1,1] }
      %9: float64 [2,2] = slice(%1) { starts: [0,2], sizes: [2,2], steps: [1,1] }
      %10: float64 [2] = slice(%2) { starts: [2], sizes: [2], steps: [1] }
      %11: float64 [2,2] = add(%9, %10)
      %12: float64 [2,2] = add(%8, %11)
      %13: float64 [2,2] = sigmoid(%7)
      %14: float64 [2,2] = tanh(%12)
      %15: float64 [2,2] = mul(%13, %14)
      return %15"
  `);
});

it.each([
  ["it is a result itself", (y: Tensor) => [slice(y, [0], [1]), y]],
  ["slices overlap", (y: Tensor) => [slice(y, [0], [2]), slice(y, [1], [3])]],
  ["something else reads it", (y: Tensor) => [slice(y, [0], [2]), sigmoid(y)]],
  ["slices skip elements", (y: Tensor) => [slice(y, [0], [3], [2]), slice(y, [1], [2])]],
  ["slices are empty", (y: Tensor) => [slice(y, [0], [0]), slice(y, [1], [2])]],
] as const)("it stays whole where %s", (_, read) => {
  expect(
    after(
      passed(
        pushSlicesUp,
        recorded((x) => read(tanh(x)), [3]),
      ),
    ),
  ).toContain("float64 [3] = tanh");
});

it("what broadcasts is sliced where it is long", () => {
  const program = recorded(
    (column, row) => {
      const table = add(column, row);
      return [slice(table, [0, 0], [2, 1]), slice(table, [0, 1], [2, 3])];
    },
    [2, 1],
    [3],
  );
  expect(after(passed(pushSlicesUp, program))).not.toContain("[2,3] = add");
});
