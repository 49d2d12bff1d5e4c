/** What depends on the elements alone. */
import { scan } from "@tapegrad/autodiff";
import { apply, type Tensor, trace } from "@tapegrad/core";
import { add, cast, matmul, primitives, sin, tanh, zeros } from "@tapegrad/ops";
import { expect, it } from "vitest";
import { hoistProjections } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { passed, recorded } from "./passes.ts";

inDoublePrecision();

it("the projections of all elements are one product, whatever it takes to have them", () => {
  const program = recorded(
    (h, xs, w, b) =>
      scan(
        (c: Tensor, x: Tensor) => {
          const next = tanh(add(c, add(matmul(sin(x), w), b)));
          return [next, null];
        },
        h,
        xs,
      )[0],
    [1, 2],
    [3, 1, 4],
    [4, 2],
    [2],
  );
  expect(passed(hoistProjections, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [1,2], %1: float64 [3,1,4], %2: float64 [4,2], %3: float64 [2])
      %4: float64 [1,2], %5: float64 [3,1,2], %6: float64 [3,1,2] = scan(%0, %1, %2, %3) { carries: 1, elements: 1, length: 3, reverse: false, history: true, stored: 1 }
        body = program(%0: float64 [1,2], %1: float64 [1,4], %2: float64 [4,2], %3: float64 [2])
          %4: float64 [1,4] = sin(%1)
          %5: float64 [1,2] = matmul(%4, %2) { transposeLeft: false, transposeRight: false }
          %6: float64 [1,2] = add(%5, %3)
          %7: float64 [1,2] = add(%0, %6)
          %8: float64 [1,2] = tanh(%7)
          return %8, %5
      return %4
    →
    program(%0: float64 [1,2], %1: float64 [3,1,4], %2: float64 [4,2], %3: float64 [2])
      %4: float64 [3,1,4] = sin(%1)
      %5: float64 [3,1,2] = matmul(%4, %2) { transposeLeft: false, transposeRight: false }
      %6: float64 [3,1,2] = add(%5, %3)
      %7: float64 [1,2], %8: float64 [3,1,2], %9: float64 [3,1,2] = scan(%0, %1, %5, %6, %2, %3) { carries: 1, elements: 3, length: 3, reverse: false, history: false, stored: 0 }
        body = program(%0: float64 [1,2], %1: float64 [1,4], %2: float64 [1,2], %3: float64 [1,2], %4: float64 [4,2], %5: float64 [2])
          %6: float64 [1,2] = add(%0, %3)
          %7: float64 [1,2] = tanh(%6)
          return %7, %2, %0
      return %7"
  `);
});

it("what is read beside a projection leaves with it", () => {
  const program = recorded(
    (h, xs, w) => scan((c: Tensor, x: Tensor) => [add(c, add(matmul(x, w), tanh(x))), null], h, xs)[0],
    [1, 2],
    [3, 1, 2],
    [2, 2],
  );
  expect(passed(hoistProjections, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [1,2], %1: float64 [3,1,2], %2: float64 [2,2])
      %3: float64 [1,2], %4: float64 [3,1,2], %5: float64 [3,1,2] = scan(%0, %1, %2) { carries: 1, elements: 1, length: 3, reverse: false, history: true, stored: 1 }
        body = program(%0: float64 [1,2], %1: float64 [1,2], %2: float64 [2,2])
          %3: float64 [1,2] = matmul(%1, %2) { transposeLeft: false, transposeRight: false }
          %4: float64 [1,2] = tanh(%1)
          %5: float64 [1,2] = add(%3, %4)
          %6: float64 [1,2] = add(%0, %5)
          return %6, %3
      return %3
    →
    program(%0: float64 [1,2], %1: float64 [3,1,2], %2: float64 [2,2])
      %3: float64 [3,1,2] = matmul(%1, %2) { transposeLeft: false, transposeRight: false }
      %4: float64 [3,1,2] = tanh(%1)
      %5: float64 [3,1,2] = add(%3, %4)
      %6: float64 [1,2], %7: float64 [3,1,2], %8: float64 [3,1,2] = scan(%0, %1, %3, %5, %2) { carries: 1, elements: 3, length: 3, reverse: false, history: false, stored: 0 }
        body = program(%0: float64 [1,2], %1: float64 [1,2], %2: float64 [1,2], %3: float64 [1,2], %4: float64 [2,2])
          %5: float64 [1,2] = add(%0, %3)
          return %5, %2, %0
      return %6"
  `);
});

it("without a contraction nothing is stored", () => {
  const program = recorded((h, xs) => scan((c: Tensor, x: Tensor) => [add(c, tanh(x)), null], h, xs)[0], [2], [3, 2]);
  expect(passed(hoistProjections, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [2], %1: float64 [3,2])
      %2: float64 [2], %3: float64 [3,2] = scan(%0, %1) { carries: 1, elements: 1, length: 3, reverse: false, history: true, stored: 0 }
        body = program(%0: float64 [2], %1: float64 [2])
          %2: float64 [2] = tanh(%1)
          %3: float64 [2] = add(%0, %2)
          return %3
      return %2
    →
    program(%0: float64 [2], %1: float64 [3,2])
      %2: float64 [2], %3: float64 [3,2] = scan(%0, %1) { carries: 1, elements: 1, length: 3, reverse: false, history: true, stored: 0 }
        body = program(%0: float64 [2], %1: float64 [2])
          %2: float64 [2] = tanh(%1)
          %3: float64 [2] = add(%0, %2)
          return %3
      return %2"
  `);
});

it("what random draws give stays: they cannot be batched", () => {
  const { program } = trace(
    ([states, h, w]) =>
      scan(
        (c: Tensor, state: Tensor) => {
          const drawn = cast(apply(primitives.randomBits, [state], { shape: [1, 2], bits: 3 }), "float64");
          return [tanh(add(c, matmul(drawn, w ?? c))), null] as const;
        },
        h ?? zeros([1, 2]),
        states ?? zeros([1]),
      )[0],
    [
      { shape: [4, 3], dtype: "int32" },
      { shape: [1, 2], dtype: "float64" },
      { shape: [2, 2], dtype: "float64" },
    ],
  );
  const text = passed(hoistProjections, program).split("→")[1];
  expect(text).toMatch(/body[\s\S]*randomBits[\s\S]*matmul/);
});
