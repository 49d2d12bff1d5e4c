/** Parts and wholes. */
import { scan } from "@tapegrad/autodiff";
import type { Tensor } from "@tapegrad/core";
import { concat, matmul, mul, reshape, sin, slice, sum, tanh } from "@tapegrad/ops";
import { expect, it } from "vitest";
import { decomposeByRecord, mergeColumnReaders } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { passed, recorded } from "./passes.ts";

inDoublePrecision();

const after = (text: string) => text.split("→")[1] ?? "";

/** Stacks a, b and [a b], then reads them. */
const looped = (read: (a: Tensor, b: Tensor, whole: Tensor, left: Tensor) => unknown) =>
  decomposeByRecord(
    recorded(
      (h, left) => {
        const [, [a, b, whole]] = scan(
          (state: Tensor): [Tensor, [Tensor, Tensor, Tensor]] => {
            const [x, y] = [sin(state), tanh(state)];
            return [mul(x, y), [x, y, concat([x, y], { axis: -1 })]];
          },
          h,
          null,
          { length: 3 },
        );
        return read(a, b, whole, left);
      },
      [2, 4],
      [6, 5],
    ),
  );

const rows = (x: Tensor) => reshape(x, [6, x.shape[2] ?? 0]);

it("products of all parts, transposed, with one matrix are rows of one product", () => {
  const program = looped((a, b, whole, right) => [
    matmul(rows(a), right, { transposeLeft: true }),
    matmul(rows(b), right, { transposeLeft: true }),
    whole,
  ]);
  const text = after(passed(mergeColumnReaders, program));
  expect(text.split("\n").slice(-6)).toMatchInlineSnapshot(`
    [
      "      return %3, %4, %0",
      "  %5: float64 [6,8] = reshape(%3) { shape: [6,8] }",
      "  %6: float64 [8,5] = matmul(%5, %1) { transposeLeft: true, transposeRight: false }",
      "  %7: float64 [4,5] = slice(%6) { starts: [0,0], sizes: [4,5], steps: [1,1] }",
      "  %8: float64 [4,5] = slice(%6) { starts: [4,0], sizes: [4,5], steps: [1,1] }",
      "  return %7, %8, %3",
    ]
  `);
});

it("products of one matrix with all parts are columns of one product, and sums likewise", () => {
  const program = looped((a, b, whole, left) => [
    matmul(left, rows(a), { transposeLeft: true }),
    matmul(left, rows(b), { transposeLeft: true }),
    sum(a, { axis: [0, 1] }),
    sum(b, { axis: [0, 1] }),
    whole,
  ]);
  expect(after(passed(mergeColumnReaders, program))).toMatchInlineSnapshot(`
    "
    program(%0: float64 [2,4], %1: float64 [6,5])
      %2: float64 [2,4], %3: float64 [3,2,8], %4: float64 [3,2,4] = scan(%0) { carries: 1, elements: 0, length: 3, reverse: false, history: false, stored: 0 }
        body = program(%0: float64 [2,4])
          %1: float64 [2,4] = sin(%0)
          %2: float64 [2,4] = tanh(%0)
          %3: float64 [2,4] = mul(%1, %2)
          %4: float64 [2,8] = concat(%1, %2) { axis: -1 }
          return %3, %4, %0
      %5: float64 [6,8] = reshape(%3) { shape: [6,8] }
      %6: float64 [5,8] = matmul(%1, %5) { transposeLeft: true, transposeRight: false }
      %7: float64 [5,4] = slice(%6) { starts: [0,0], sizes: [5,4], steps: [1,1] }
      %8: float64 [5,4] = slice(%6) { starts: [0,4], sizes: [5,4], steps: [1,1] }
      %9: float64 [1,1,8] = sum(%3) { axes: [-3,-2] }
      %10: float64 [1,1,4] = slice(%9) { starts: [0,0,0], sizes: [1,1,4], steps: [1,1,1] }
      %11: float64 [4] = reshape(%10) { shape: [4] }
      %12: float64 [1,1,4] = slice(%9) { starts: [0,0,4], sizes: [1,1,4], steps: [1,1,1] }
      %13: float64 [4] = reshape(%12) { shape: [4] }
      return %7, %8, %11, %13, %3"
  `);
});

it.each([
  [
    "only some parts are multiplied",
    (a: Tensor, _: Tensor, whole: Tensor, left: Tensor) => [matmul(left, rows(a), { transposeLeft: true }), whole],
    4,
  ],
  ["the sum runs over the columns", (a: Tensor, _: Tensor, whole: Tensor) => [sum(a, { axis: -1 }), whole], 1],
] as const)("as they are where %s", (_, read, columns) => {
  const text = after(passed(mergeColumnReaders, looped(read)));
  expect(text).toMatch(columns === 4 ? /\[5,4\] = matmul/ : /\[3,2,1\] = sum/);
});

it("slices that are read otherwise stay", () => {
  const program = recorded((x) => sin(slice(x, [0, 1], [2, 3])), [2, 4]);
  expect(after(passed(mergeColumnReaders, program))).toContain("slice");
});

it("the sum of one part alone is not taken over the whole", () => {
  const program = recorded((x) => sum(slice(x, [0, 1], [2, 2]), { axis: 0 }), [2, 4]);
  expect(after(passed(mergeColumnReaders, program))).not.toContain("[1,4] = sum");
});
