/** What no carry needs. */
import { checkpoint, scan } from "@tapegrad/autodiff";
import type { Program, Tensor } from "@tapegrad/core";
import { add, broadcastTo, matmul, reshape, sin, sum, tanh } from "@tapegrad/ops";
import { expect, it } from "vitest";
import { moveAfterLoop, pruneLoops } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { passed, recorded } from "./passes.ts";

inDoublePrecision();

type Pair = [Tensor, Tensor];

/** A state, and a carry that `advance` makes, without what nobody reads. */
function summing(
  advance: (total: Tensor, x: Tensor, state: Tensor) => Tensor,
  state: (c: Tensor, x: Tensor, total: Tensor) => Tensor = (c, x) => tanh(add(c, x)),
): Program {
  return pruneLoops(
    recorded(
      (h, total, xs) =>
        scan(
          ([c, total]: Pair, x: Tensor): [Pair, null] => [[state(c, x, total), advance(total, x, c)], null],
          [h, total],
          xs,
        )[0],
      [1, 2],
      [2, 2],
      [3, 1, 2],
    ),
  );
}

function outer(x: Tensor, c: Tensor): Tensor {
  return matmul(x, c, { transposeLeft: true });
}

it("outputs that hold a contraction are computed after the loop", () => {
  const step = (w: Tensor) => (c: Tensor, x: Tensor) => {
    const next = tanh(add(c, x));
    return [next, matmul(next, w)] as const;
  };
  const program = pruneLoops(recorded((h, xs, w) => scan(step(w), h, xs), [1, 2], [3, 1, 2], [2, 3]));
  expect(passed(moveAfterLoop, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [1,2], %1: float64 [3,1,2], %2: float64 [2,3])
      %3: float64 [1,2], %4: float64 [3,1,3] = scan(%0, %1, %2) { carries: 1, elements: 1, length: 3, reverse: false, history: false, stored: 0 }
        body = program(%0: float64 [1,2], %1: float64 [1,2], %2: float64 [2,3])
          %3: float64 [1,2] = add(%0, %1)
          %4: float64 [1,2] = tanh(%3)
          %5: float64 [1,3] = matmul(%4, %2) { transposeLeft: false, transposeRight: false }
          return %4, %5
      return %3, %4
    →
    program(%0: float64 [1,2], %1: float64 [3,1,2], %2: float64 [2,3])
      %3: float64 [1,2], %4: float64 [3,1,2] = scan(%0, %1, %2) { carries: 1, elements: 1, length: 3, reverse: false, history: false, stored: 0 }
        body = program(%0: float64 [1,2], %1: float64 [1,2], %2: float64 [2,3])
          %3: float64 [1,2] = add(%0, %1)
          %4: float64 [1,2] = tanh(%3)
          return %4, %4
      %5: float64 [3,1,3] = matmul(%4, %2) { transposeLeft: false, transposeRight: false }
      return %3, %5"
  `);
});

it("a carry that adds up products is one sum over time, on whichever side it stands", () => {
  expect(
    passed(
      moveAfterLoop,
      summing((total, x, c) => add(total, outer(x, c))),
    ),
  ).toMatchInlineSnapshot(`
    "program(%0: float64 [1,2], %1: float64 [2,2], %2: float64 [3,1,2])
      %3: float64 [1,2], %4: float64 [2,2] = scan(%0, %1, %2) { carries: 2, elements: 1, length: 3, reverse: false, history: false, stored: 0 }
        body = program(%0: float64 [1,2], %1: float64 [2,2], %2: float64 [1,2])
          %3: float64 [1,2] = add(%0, %2)
          %4: float64 [1,2] = tanh(%3)
          %5: float64 [2,2] = matmul(%2, %0) { transposeLeft: true, transposeRight: false }
          %6: float64 [2,2] = add(%1, %5)
          return %4, %6
      return %3, %4
    →
    program(%0: float64 [1,2], %1: float64 [2,2], %2: float64 [3,1,2])
      %3: float64 [1,2], %4: float64 [3,1,2] = scan(%0, %2) { carries: 1, elements: 1, length: 3, reverse: false, history: false, stored: 0 }
        body = program(%0: float64 [1,2], %1: float64 [1,2])
          %2: float64 [1,2] = add(%0, %1)
          %3: float64 [1,2] = tanh(%2)
          return %3, %0
      %5: float64 [3,2,2] = matmul(%2, %4) { transposeLeft: true, transposeRight: false }
      %6: float64 [1,2,2] = sum(%5) { axes: [-3] }
      %7: float64 [2,2] = reshape(%6) { shape: [2,2] }
      %8: float64 [2,2] = add(%1, %7)
      return %3, %8"
  `);
  const [left, right] = [
    summing((total, x, c) => add(total, outer(x, c))),
    summing((total, x, c) => add(outer(x, c), total)),
  ].map((program) => passed(moveAfterLoop, program).split("→")[1]);
  expect(left).toBe(right);
});

it.each([
  [
    "sums without a contraction leave too",
    (total: Tensor, x: Tensor) => add(total, sum(broadcastTo(reshape(x, [1, 2, 1]), [3, 2, 2]), { axis: 0 })),
    false,
  ],
  ["a scalar is broadcast: it stays", (total: Tensor, x: Tensor) => add(total, sum(x)), true],
  ["elementwise work is not worth storing: it stays", (total: Tensor, x: Tensor) => add(total, sin(x)), true],
  [
    "what reads the carry itself stays",
    (total: Tensor, x: Tensor) => add(total, outer(x, sum(total, { axis: 0, keepDims: true }))),
    true,
  ],
  ["twice itself stays", (total: Tensor) => add(total, total), true],
] as const)("%s", (_, advance, stays) => {
  const text =
    passed(
      moveAfterLoop,
      summing((total, x) => advance(total, x)),
    ).split("→")[1] ?? "";
  expect(/carries: (\d)/.exec(text)?.[1]).toBe(stays ? "2" : "1");
});

it("a sum that another carry reads, before or after the step, stays", () => {
  for (const use of [(c: Tensor, _: Tensor, total: Tensor) => add(c, sum(total, { axis: 0, keepDims: true }))]) {
    const text =
      passed(
        moveAfterLoop,
        summing((total, x, c) => add(total, outer(x, c)), use),
      ).split("→")[1] ?? "";
    expect(text).toContain("carries: 2");
  }
});

it.each([
  ["its old value", false],
  ["its new value", true],
])("a sum whose %s another carry keeps stays", (_, isNew) => {
  const program = pruneLoops(
    recorded(
      (total, xs) =>
        scan(
          ([total]: Pair, x: Tensor): [Pair, null] => {
            const next = add(total, outer(x, x));
            return [[next, isNew ? next : total], null];
          },
          [total, total],
          xs,
        )[0],
      [2, 2],
      [3, 1, 2],
    ),
  );
  expect(passed(moveAfterLoop, program).split("→")[1]).toContain("carries: 2");
});

it("a loop in the loop keeps the products that it reads", () => {
  const program = pruneLoops(
    recorded(
      (h, xs) =>
        scan(
          (c: Tensor, x: Tensor) => {
            const product = outer(x, c);
            const [inner] = scan((s: Tensor) => [tanh(add(s, product)), null] as const, product, null, { length: 2 });
            return [tanh(add(c, x)), inner] as const;
          },
          h,
          xs,
        ),
      [1, 2],
      [3, 1, 2],
    ),
  );
  expect(passed(moveAfterLoop, program).split("→")[1]).toMatch(/body[\s\S]*matmul[\s\S]*scan/);
});

it("a total of what a region gives stays: each step's would be stacked", () => {
  const program = summing((total, x, c) =>
    add(total, checkpoint((a: Tensor, b: Tensor) => outer(tanh(a), b))(matmul(x, outer(x, x)), c)),
  );
  expect(passed(moveAfterLoop, program).split("→")[1]).toContain("carries: 2");
});
