/** Rows of tables: read inside loops, and summed where they were added up. */
import { scan } from "@tapegrad/autodiff";
import type { Tensor } from "@tapegrad/core";
import { add, cast, indexAdd, mul, sum, take, tanh, zeros } from "@tapegrad/ops";
import { describe, expect, it } from "vitest";
import { decomposeByRecord, readRowsInside, sumAddedRows } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { passed, recorded } from "./passes.ts";

inDoublePrecision();

const after = (text: string) => text.split("→")[1] ?? "";

describe("readRowsInside", () => {
  const looped = (h: Tensor, xs: Tensor) => scan((state: Tensor, x: Tensor) => [tanh(add(state, x)), null], h, xs)[0];

  it("rows that one loop reads are read at each step", () => {
    const program = recorded((table, h, n) => looped(h, take(table, cast(n, "int32"))), [3, 2], [4, 2], [5, 4]);
    expect(passed(readRowsInside, program)).toMatchInlineSnapshot(`
      "program(%0: float64 [3,2], %1: float64 [4,2], %2: float64 [5,4])
        %3: int32 [5,4] = cast(%2) { dtype: "int32" }
        %4: float64 [5,4,2] = take(%0, %3) { axis: -2 }
        %5: float64 [4,2], %6: float64 [5,4,2] = scan(%1, %4) { carries: 1, elements: 1, length: 5, reverse: false, history: true, stored: 0 }
          body = program(%0: float64 [4,2], %1: float64 [4,2])
            %2: float64 [4,2] = add(%0, %1)
            %3: float64 [4,2] = tanh(%2)
            return %3
        return %5
      →
      program(%0: float64 [3,2], %1: float64 [4,2], %2: float64 [5,4])
        %3: int32 [5,4] = cast(%2) { dtype: "int32" }
        %4: float64 [4,2], %5: float64 [5,4,2] = scan(%1, %3, %0) { carries: 1, elements: 1, length: 5, reverse: false, history: false, stored: 0 }
          body = program(%0: float64 [4,2], %1: int32 [4], %2: float64 [3,2])
            %3: float64 [4,2] = take(%2, %1) { axis: -2 }
            %4: float64 [4,2] = add(%0, %3)
            %5: float64 [4,2] = tanh(%4)
            return %5, %0
        return %4"
    `);
  });

  it.each([
    ["somebody else reads them, too", (rows: Tensor, h: Tensor) => [looped(h, rows), sum(rows)]],
    ["they are changed before", (rows: Tensor, h: Tensor) => looped(h, mul(rows, 2))],
    ["the loop carries them", (rows: Tensor, h: Tensor) => scan((s: Tensor) => [tanh(s), null], rows, h)[0]],
  ] as const)("they are read before where %s", (_, f) => {
    const program = recorded((table, h, n) => f(take(table, cast(n, "int32")), h), [3, 2], [4, 2], [5, 4]);
    expect(after(passed(readRowsInside, program))).toContain("float64 [5,4,2] = take");
  });

  it("elements along another axis stay", () => {
    const program = recorded(
      (table, h, n) => looped(h, take(table, cast(n, "int32"), { axis: 1 })),
      [5, 3, 2],
      [4, 2],
      [4],
    );
    expect(after(passed(readRowsInside, program))).toContain("[5,4,2] = take");
  });
});

describe("sumAddedRows", () => {
  const indicesOf = (n: Tensor) => cast(n, "int32");

  it("sums the table instead of the rows", () => {
    const program = decomposeByRecord(
      recorded(
        (rows, n) => [indexAdd(zeros([3, 2]), indicesOf(n), rows), sum(rows, { axis: [0, 1] })],
        [5, 4, 2],
        [5, 4],
      ),
    );
    expect(passed(sumAddedRows, program)).toMatchInlineSnapshot(`
      "program(%0: float64 [5,4,2], %1: float64 [5,4])
        %2: float64 [3,2] = full() { shape: [3,2], value: 0, dtype: "float64" }
        %3: int32 [5,4] = cast(%1) { dtype: "int32" }
        %4: float64 [3,2] = indexAdd(%2, %3, %0) { axis: -2 }
        %5: float64 [1,1,2] = sum(%0) { axes: [-3,-2] }
        %6: float64 [2] = reshape(%5) { shape: [2] }
        return %4, %6
      →
      program(%0: float64 [5,4,2], %1: float64 [5,4])
        %2: int32 [5,4] = cast(%1) { dtype: "int32" }
        %3: int32 [] = full() { shape: [], value: 0, dtype: "int32" }
        %4: bool [5,4] = greaterEqual(%2, %3)
        %5: int32 [] = full() { shape: [], value: 3, dtype: "int32" }
        %6: bool [5,4] = less(%2, %5)
        %7: bool [5,4] = logicalAnd(%4, %6)
        %8: int32 [5,4] = where(%7, %2, %5)
        %9: float64 [4,2] = full() { shape: [4,2], value: 0, dtype: "float64" }
        %10: float64 [4,2] = indexAdd(%9, %8, %0) { axis: -2 }
        %11: float64 [3,2] = slice(%10) { starts: [0,0], sizes: [3,2], steps: [1,1] }
        %12: float64 [1,2] = sum(%10) { axes: [-2] }
        %13: float64 [2] = reshape(%12) { shape: [2] }
        return %11, %13"
    `);
  });

  it.each([
    [
      "the table is not empty before",
      (rows: Tensor, n: Tensor, t: Tensor) => [indexAdd(t, indicesOf(n), rows), sum(rows, { axis: [0, 1] })],
    ],
    [
      "columns are summed",
      (rows: Tensor, n: Tensor) => [indexAdd(zeros([3, 2]), indicesOf(n), rows), sum(rows, { axis: -1 })],
    ],
    [
      "the table has more rows",
      (rows: Tensor, n: Tensor) => [indexAdd(zeros([30, 2]), indicesOf(n), rows), sum(rows, { axis: [0, 1] })],
    ],
  ] as const)("sums the rows where %s", (_, f) => {
    const program = decomposeByRecord(recorded((rows, n, t) => f(rows, n, t), [5, 4, 2], [5, 4], [3, 2]));
    expect(after(passed(sumAddedRows, program))).toMatch(/= sum\(%0\)/);
  });
});
