/** Transpositions that end behind the ops they were before, and those that stay. */
import type { Tensor } from "@tapegrad/core";
import {
  add,
  broadcastTo,
  cast,
  exp,
  expandDims,
  gather,
  greater,
  matmul,
  max,
  mul,
  reshape,
  scatterAdd,
  squeeze,
  sub,
  sum,
  transpose,
  where,
} from "@tapegrad/ops";
import { expect, it } from "vitest";
import { sinkTransposes } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { passed, recorded } from "./passes.ts";

inDoublePrecision();

/** [time, batch, features] by batch entry, as rows of a matrix. */
const rowsOf = (x: Tensor) => reshape(transpose(x, [1, 0, 2]), [-1, x.shape.at(-1) ?? 1]);

function transposesIn(text: string | undefined): string[] {
  return (text ?? "").split("\n").filter((line) => line.includes("= transpose("));
}

it("behind a head, until another one undoes it", () => {
  const head = (x: Tensor, w: Tensor, b: Tensor) => {
    const scores = add(reshape(matmul(rowsOf(x), w), [3, 5, 4]), b);
    return transpose(sub(scores, max(scores, { axis: -1, keepDims: true })), [1, 0, 2]);
  };
  expect(passed(sinkTransposes, recorded(head, [5, 3, 2], [2, 4], [4]))).toMatchInlineSnapshot(`
    "program(%0: float64 [5,3,2], %1: float64 [2,4], %2: float64 [4])
      %3: float64 [3,5,2] = transpose(%0) { axes: [1,0,2] }
      %4: float64 [15,2] = reshape(%3) { shape: [15,2] }
      %5: float64 [15,4] = matmul(%4, %1) { transposeLeft: false, transposeRight: false }
      %6: float64 [3,5,4] = reshape(%5) { shape: [3,5,4] }
      %7: float64 [3,5,4] = add(%6, %2)
      %8: float64 [3,5,1] = max(%7) { axes: [-1] }
      %9: float64 [3,5,4] = sub(%7, %8)
      %10: float64 [5,3,4] = transpose(%9) { axes: [1,0,2] }
      return %10
    →
    program(%0: float64 [5,3,2], %1: float64 [2,4], %2: float64 [4])
      %3: float64 [15,2] = reshape(%0) { shape: [15,2] }
      %4: float64 [15,4] = matmul(%3, %1) { transposeLeft: false, transposeRight: false }
      %5: float64 [5,3,4] = reshape(%4) { shape: [5,3,4] }
      %6: float64 [5,3,4] = add(%5, %2)
      %7: float64 [5,3,1] = max(%6) { axes: [-1] }
      %8: float64 [5,3,4] = sub(%6, %7)
      return %8"
  `);
});

it("to sums of all rows, and where small operands are turned instead", () => {
  const loss = (x: Tensor, w: Tensor, labels: Tensor, mask: Tensor) => {
    const scores = reshape(matmul(rowsOf(x), w), [3, 5, 4]);
    const at = expandDims(cast(labels, "int32"), { axis: -1 });
    const chosen = squeeze(gather(scores, at), { axis: -1 });
    const gradient = scatterAdd(
      mul(exp(scores), broadcastTo(expandDims(mask, { axis: -1 }), [3, 5, 4])),
      at,
      expandDims(mask, { axis: -1 }),
    );
    return [
      sum(gradient, { axis: [0, 1] }),
      matmul(reshape(gradient, [15, 4]), rowsOf(x), { transposeLeft: true }),
      sum(where(greater(mask, 0), chosen, 0)),
    ];
  };
  const program = recorded(loss, [5, 3, 2], [2, 4], [3, 5], [3, 5]);
  const [before, after] = passed(sinkTransposes, program).split("\n→\n");
  expect(transposesIn(before)).toMatchInlineSnapshot(`
    [
      "  %4: float64 [3,5,2] = transpose(%0) { axes: [1,0,2] }",
      "  %21: float64 [3,5,2] = transpose(%0) { axes: [1,0,2] }",
    ]
  `);
  expect(transposesIn(after)).toMatchInlineSnapshot(`
    [
      "  %9: int32 [5,3,1] = transpose(%8) { axes: [1,0,2] }",
      "  %12: float64 [3,5] = transpose(%11) { axes: [1,0] }",
      "  %15: float64 [5,3,1] = transpose(%14) { axes: [1,0,2] }",
      "  %19: float64 [5,3,1] = transpose(%18) { axes: [1,0,2] }",
      "  %22: float64 [1,1,4] = transpose(%21) { axes: [1,0,2] }",
    ]
  `);
});

it.each<[string, (x: Tensor, y: Tensor) => Tensor, number[][]]>([
  [
    "a larger result is returned in the order",
    (x, w) => reshape(matmul(rowsOf(x), w), [3, 5, 8]),
    [
      [5, 3, 2],
      [2, 8],
    ],
  ],
  [
    "an operand as large would be turned",
    (x, y) => reshape(add(transpose(x, [1, 0, 2]), y), [15, 2]),
    [
      [5, 3, 2],
      [3, 5, 2],
    ],
  ],
  [
    "the axis of a product's sum moves",
    (x, w) => matmul(transpose(x), w),
    [
      [2, 3],
      [2, 4],
    ],
  ],
])("not where %s", (_, fn, shapes) => {
  const [before, after] = passed(sinkTransposes, recorded(fn, ...shapes)).split("\n→\n");
  expect(after).toBe(before);
});
