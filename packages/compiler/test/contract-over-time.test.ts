/** Sums over time of products. */
import { matmul, sum } from "@tapegrad/ops";
import { expect, it } from "vitest";
import { contractOverTime } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { passed, recorded } from "./passes.ts";

inDoublePrecision();

const matrices = (rows: number, columns: number, swapped: boolean) =>
  swapped ? [5, columns, rows] : [5, rows, columns];

it("a sum of products over time is one product over time and batch", () => {
  const program = recorded((a, b) => sum(matmul(a, b, { transposeLeft: true }), { axis: 0 }), [5, 4, 2], [5, 4, 3]);
  expect(passed(contractOverTime, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [5,4,2], %1: float64 [5,4,3])
      %2: float64 [5,2,3] = matmul(%0, %1) { transposeLeft: true, transposeRight: false }
      %3: float64 [1,2,3] = sum(%2) { axes: [-3] }
      %4: float64 [2,3] = reshape(%3) { shape: [2,3] }
      return %4
    →
    program(%0: float64 [5,4,2], %1: float64 [5,4,3])
      %2: float64 [20,2] = reshape(%0) { shape: [20,2] }
      %3: float64 [20,3] = reshape(%1) { shape: [20,3] }
      %4: float64 [2,3] = matmul(%2, %3) { transposeLeft: true, transposeRight: false }
      return %4"
  `);
});

it.each([
  [false, false],
  [false, true],
  [true, false],
  [true, true],
])("transposed left: %s, right: %s", (transposeLeft, transposeRight) => {
  for (const [rows, inner, columns] of [
    [2, 4, 3],
    [1, 1, 1],
    [0, 4, 3],
    [2, 0, 3],
    [2, 4, 0],
  ] as const) {
    const program = recorded(
      (a, b) => sum(matmul(a, b, { transposeLeft, transposeRight }), { axis: 0, keepDims: true }),
      matrices(rows, inner, transposeLeft),
      matrices(inner, columns, transposeRight),
    );
    expect(passed(contractOverTime, program).split("→")[1]).not.toContain("sum");
  }
});

it("sums over other axes, of other ranks, and with one matrix for all steps stay", () => {
  const programs = [
    recorded((a, b) => sum(matmul(a, b), { axis: 1 }), [5, 4, 2], [5, 2, 3]),
    recorded((a, b) => sum(matmul(a, b), { axis: [0, 1] }), [5, 4, 2], [5, 2, 3]),
    recorded((a, b) => sum(matmul(a, b), { axis: 0 }), [6, 5, 4, 2], [6, 5, 2, 3]),
    recorded((a, b) => sum(matmul(a, b), { axis: 0 }), [4, 2], [5, 2, 3]),
    recorded((a, b) => sum(matmul(a, b), { axis: 0 }), [1, 4, 2], [5, 2, 3]),
  ];
  for (const program of programs) expect(passed(contractOverTime, program).split("→")[1]).toContain("sum");
});
