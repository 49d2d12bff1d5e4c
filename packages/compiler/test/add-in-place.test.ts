/** Additions by index to nothing, as additions to what they are added to. */
import type { Tensor } from "@tapegrad/core";
import { add, full, indexAdd, mul, scatterAdd, sum, zeros } from "@tapegrad/ops";
import { expect, it } from "vitest";
import { addInPlace } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { passed, recorded } from "./passes.ts";

inDoublePrecision();

/** Rows added up by index, twice in row 1, from a table of 3 rows of `start`. */
function addedRows(updates: Tensor, start = 0): Tensor {
  return indexAdd(full([3, 2], start), full([2], 1, { dtype: "int32" }), updates, { axis: 0 });
}

it("rows and single elements are added to x, on either side of the addition", () => {
  const rows = recorded((x, updates) => add(x, addedRows(updates)), [3, 2], [2, 2]);
  expect(passed(addInPlace, rows)).toMatchInlineSnapshot(`
    "program(%0: float64 [3,2], %1: float64 [2,2])
      %2: float64 [3,2] = full() { shape: [3,2], value: 0, dtype: "float64" }
      %3: int32 [2] = full() { shape: [2], value: 1, dtype: "int32" }
      %4: float64 [3,2] = indexAdd(%2, %3, %1) { axis: -2 }
      %5: float64 [3,2] = add(%0, %4)
      return %5
    →
    program(%0: float64 [3,2], %1: float64 [2,2])
      %2: int32 [2] = full() { shape: [2], value: 1, dtype: "int32" }
      %3: float64 [3,2] = indexAdd(%0, %2, %1) { axis: -2 }
      return %3"
  `);
  const column = () => full([2, 1], 2, { dtype: "int32" });
  const elements = recorded(
    (x, updates) => add(scatterAdd(zeros([2, 3]), column(), updates), mul(x, 2)),
    [2, 3],
    [2, 1],
  );
  expect(passed(addInPlace, elements)).toMatchInlineSnapshot(`
    "program(%0: float64 [2,3], %1: float64 [2,1])
      %2: float64 [2,3] = full() { shape: [2,3], value: 0, dtype: "float64" }
      %3: int32 [2,1] = full() { shape: [2,1], value: 2, dtype: "int32" }
      %4: float64 [2,3] = scatterAdd(%2, %3, %1) { axis: -1 }
      %5: float64 [] = full() { shape: [], value: 2, dtype: "float64" }
      %6: float64 [2,3] = mul(%0, %5)
      %7: float64 [2,3] = add(%4, %6)
      return %7
    →
    program(%0: float64 [2,3], %1: float64 [2,1])
      %2: int32 [2,1] = full() { shape: [2,1], value: 2, dtype: "int32" }
      %3: float64 [] = full() { shape: [], value: 2, dtype: "float64" }
      %4: float64 [2,3] = mul(%0, %3)
      %5: float64 [2,3] = scatterAdd(%4, %2, %1) { axis: -1 }
      return %5"
  `);
});

it.each<[string, (x: Tensor, updates: Tensor) => Tensor, number[]]>([
  [
    "is read otherwise",
    (x, updates) => {
      const rows = addedRows(updates);
      return add(add(x, rows), sum(rows));
    },
    [3, 2],
  ],
  ["begins with something", (x, updates) => add(x, addedRows(updates, 1)), [3, 2]],
  ["is repeated", (x, updates) => add(x, addedRows(updates)), [2, 3, 2]],
])("what %s stays", (_, fn, shape) => {
  const program = recorded(fn, shape, [2, 2]);
  const [before, after] = passed(addInPlace, program).split("\n→\n");
  expect(after).toBe(before);
});
