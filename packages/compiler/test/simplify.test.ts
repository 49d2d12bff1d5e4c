/** Ops that change nothing. */
import { add, broadcastTo, concat, div, full, mul, neg, reshape, slice, sub, sum, transpose } from "@tapegrad/ops";
import { alias } from "@tapegrad/ops/internal";
import { expect, it } from "vitest";
import { decomposeByRecord } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { passed, recorded } from "./passes.ts";

inDoublePrecision();

it("identities and neutral elements go", () => {
  const program = recorded((x) => div(sub(mul(1, add(neg(neg(alias(x))), 0)), 0), 1), [2]);
  expect(passed(decomposeByRecord, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [2])
      %1: float64 [2] = alias(%0)
      %2: float64 [2] = neg(%1)
      %3: float64 [2] = neg(%2)
      %4: float64 [] = full() { shape: [], value: 0, dtype: "float64" }
      %5: float64 [2] = add(%3, %4)
      %6: float64 [] = full() { shape: [], value: 1, dtype: "float64" }
      %7: float64 [2] = mul(%6, %5)
      %8: float64 [] = full() { shape: [], value: 0, dtype: "float64" }
      %9: float64 [2] = sub(%7, %8)
      %10: float64 [] = full() { shape: [], value: 1, dtype: "float64" }
      %11: float64 [2] = div(%9, %10)
      return %11
    →
    program(%0: float64 [2])
      %1: float64 [] = full() { shape: [], value: 0, dtype: "float64" }
      %2: float64 [2] = add(%0, %1)
      return %2"
  `);
});

it("movements of movements become one", () => {
  const program = recorded(
    (x) => [
      reshape(reshape(x, [3, 2]), [6]),
      transpose(transpose(x)),
      broadcastTo(broadcastTo(x, [2, 2, 3]), [4, 2, 2, 3]),
    ],
    [2, 3],
  );
  expect(passed(decomposeByRecord, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [2,3])
      %1: float64 [3,2] = reshape(%0) { shape: [3,2] }
      %2: float64 [6] = reshape(%1) { shape: [6] }
      %3: float64 [3,2] = transpose(%0) { axes: [1,0] }
      %4: float64 [2,3] = transpose(%3) { axes: [1,0] }
      %5: float64 [2,2,3] = broadcastTo(%0) { shape: [2,2,3] }
      %6: float64 [4,2,2,3] = broadcastTo(%5) { shape: [4,2,2,3] }
      return %2, %4, %6
    →
    program(%0: float64 [2,3])
      %1: float64 [6] = reshape(%0) { shape: [6] }
      %2: float64 [4,2,2,3] = broadcastTo(%0) { shape: [4,2,2,3] }
      return %1, %0, %2"
  `);
});

it("permutations compose in their order", () => {
  const program = recorded((x) => transpose(transpose(x, [1, 2, 0]), [0, 2, 1]), [2, 3, 4]);
  expect(passed(decomposeByRecord, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [2,3,4])
      %1: float64 [3,4,2] = transpose(%0) { axes: [1,2,0] }
      %2: float64 [3,2,4] = transpose(%1) { axes: [0,2,1] }
      return %2
    →
    program(%0: float64 [2,3,4])
      %1: float64 [3,2,4] = transpose(%0) { axes: [1,0,2] }
      return %1"
  `);
});

it("constants keep being constants", () => {
  const program = recorded((x) => mul(broadcastTo(reshape(full([], 1), [1, 1]), [2, 3]), x), [2, 3]);
  expect(passed(decomposeByRecord, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [2,3])
      %1: float64 [] = full() { shape: [], value: 1, dtype: "float64" }
      %2: float64 [1,1] = reshape(%1) { shape: [1,1] }
      %3: float64 [2,3] = broadcastTo(%2) { shape: [2,3] }
      %4: float64 [2,3] = mul(%3, %0)
      return %4
    →
    program(%0: float64 [2,3])
      return %0"
  `);
});

it("a neutral element that broadcasts the other operand, or stands on the wrong side, stays", () => {
  const program = recorded((x) => [add(x, full([2, 3], 0)), sub(0, x), div(1, x)], [3]);
  expect(passed(decomposeByRecord, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [3])
      %1: float64 [2,3] = full() { shape: [2,3], value: 0, dtype: "float64" }
      %2: float64 [2,3] = add(%0, %1)
      %3: float64 [] = full() { shape: [], value: 0, dtype: "float64" }
      %4: float64 [3] = sub(%3, %0)
      %5: float64 [] = full() { shape: [], value: 1, dtype: "float64" }
      %6: float64 [3] = div(%5, %0)
      return %2, %4, %6
    →
    program(%0: float64 [3])
      %1: float64 [2,3] = full() { shape: [2,3], value: 0, dtype: "float64" }
      %2: float64 [2,3] = add(%0, %1)
      %3: float64 [] = full() { shape: [], value: 0, dtype: "float64" }
      %4: float64 [3] = sub(%3, %0)
      %5: float64 [] = full() { shape: [], value: 1, dtype: "float64" }
      %6: float64 [3] = div(%5, %0)
      return %2, %4, %6"
  `);
});

it("one part, a whole slice and a sum over nothing are the operand", () => {
  const program = recorded(
    (x) => [concat([x]), slice(x, [0], [2]), sum(reshape(x, [2, 1]), { axis: 1, keepDims: true })],
    [2],
  );
  expect(passed(decomposeByRecord, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [2])
      %1: float64 [2] = concat(%0) { axis: -1 }
      %2: float64 [2] = slice(%0) { starts: [0], sizes: [2], steps: [1] }
      %3: float64 [2,1] = reshape(%0) { shape: [2,1] }
      %4: float64 [2,1] = sum(%3) { axes: [-1] }
      return %1, %2, %4
    →
    program(%0: float64 [2])
      %1: float64 [2,1] = reshape(%0) { shape: [2,1] }
      %2: float64 [] = full() { shape: [], value: 0, dtype: "float64" }
      %3: float64 [2,1] = add(%1, %2)
      return %0, %0, %3"
  `);
});
