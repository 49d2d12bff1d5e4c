/** Additions by index to nothing, as additions to what they are added to. */
import type { Tensor } from "@tapegrad/core";
import { add, full, indexAdd, mul, scatterAdd, sum, zeros } from "@tapegrad/ops";
import { expect, it } from "vitest";
import { addInPlace } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { passed, recorded } from "./passes.ts";

inDoublePrecision();

/** One column in each of two rows. */
const column = () => full([2, 1], 2, { dtype: "int32" });

/** An update per row, from a table of `start`. */
function added(updates: Tensor, start = 0): Tensor {
  return scatterAdd(full([2, 3], start), column(), updates);
}

it("single elements of rows are added to x, on either side of the addition", () => {
  const after = (x: Tensor, updates: Tensor) => add(x, added(updates));
  expect(passed(addInPlace, recorded(after, [2, 3], [2, 1]))).toMatchInlineSnapshot(`
    "program(%0: float64 [2,3], %1: float64 [2,1])
      %2: float64 [2,3] = full() { shape: [2,3], value: 0, dtype: "float64" }
      %3: int32 [2,1] = full() { shape: [2,1], value: 2, dtype: "int32" }
      %4: float64 [2,3] = scatterAdd(%2, %3, %1) { axis: -1 }
      %5: float64 [2,3] = add(%0, %4)
      return %5
    →
    program(%0: float64 [2,3], %1: float64 [2,1])
      %2: int32 [2,1] = full() { shape: [2,1], value: 2, dtype: "int32" }
      %3: float64 [] = full() { shape: [], value: 0, dtype: "float64" }
      %4: float64 [2,3] = add(%0, %3)
      %5: float64 [2,3] = scatterAdd(%4, %2, %1) { axis: -1 }
      return %5"
  `);
  const before = (x: Tensor, updates: Tensor) => add(added(updates), mul(x, 2));
  expect(passed(addInPlace, recorded(before, [2, 3], [2, 1]))).toMatch(/= scatterAdd\(%\d+, %2, %1\)/);
});

it.each<[string, (x: Tensor, updates: Tensor) => Tensor, number[], number[]]>([
  [
    "is read otherwise",
    (x, updates) => {
      const once = added(updates);
      return add(add(x, once), sum(once));
    },
    [2, 3],
    [2, 1],
  ],
  ["begins with something", (x, updates) => add(x, added(updates, 1)), [2, 3], [2, 1]],
  ["is repeated", (x, updates) => add(x, added(updates)), [2, 2, 3], [2, 1]],
  // Each addition to x would be rounded to its last place.
  [
    "adds several to an element",
    (x, updates) => add(x, scatterAdd(zeros([2, 3]), full([2, 2], 1, { dtype: "int32" }), updates)),
    [2, 3],
    [2, 2],
  ],
  [
    "adds rows",
    (x, updates) => add(x, indexAdd(zeros([3, 2]), full([2], 1, { dtype: "int32" }), updates, { axis: 0 })),
    [3, 2],
    [2, 2],
  ],
])("what %s stays", (_, fn, ...shapes) => {
  const [before, after] = passed(addInPlace, recorded(fn, ...shapes)).split("\n→\n");
  expect(after).toBe(before);
});
