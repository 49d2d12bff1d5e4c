/** What is the same at every step. */
import { scan } from "@tapegrad/autodiff";
import type { Tensor } from "@tapegrad/core";
import { add, mul, sin } from "@tapegrad/ops";
import { expect, it } from "vitest";
import { hoistInvariants } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { passed, recorded } from "./passes.ts";

inDoublePrecision();

it("what depends on captures alone is computed before the loop, constants are not captured", () => {
  const program = recorded(
    (h, xs, w) => scan((c: Tensor, x: Tensor) => [add(mul(c, sin(w)), mul(x, 2)), null], h, xs)[0],
    [2],
    [3, 2],
    [2],
  );
  expect(passed(hoistInvariants, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [2], %1: float64 [3,2], %2: float64 [2])
      %3: float64 [2], %4: float64 [3,2] = scan(%0, %1, %2) { carries: 1, elements: 1, length: 3, reverse: false, history: true, stored: 0 }
        body = program(%0: float64 [2], %1: float64 [2], %2: float64 [2])
          %3: float64 [2] = sin(%2)
          %4: float64 [2] = mul(%0, %3)
          %5: float64 [] = full() { shape: [], value: 2, dtype: "float64" }
          %6: float64 [2] = mul(%1, %5)
          %7: float64 [2] = add(%4, %6)
          return %7
      return %3
    →
    program(%0: float64 [2], %1: float64 [3,2], %2: float64 [2])
      %3: float64 [2] = sin(%2)
      %4: float64 [2], %5: float64 [3,2] = scan(%0, %1, %2, %3) { carries: 1, elements: 1, length: 3, reverse: false, history: false, stored: 0 }
        body = program(%0: float64 [2], %1: float64 [2], %2: float64 [2], %3: float64 [2])
          %4: float64 [2] = mul(%0, %3)
          %5: float64 [] = full() { shape: [], value: 2, dtype: "float64" }
          %6: float64 [2] = mul(%1, %5)
          %7: float64 [2] = add(%4, %6)
          return %7, %0
      return %4"
  `);
});

it("an output that never changes becomes a capture", () => {
  const program = recorded((h, w) => scan((c: Tensor) => [add(c, 1), sin(w)], h, null, { length: 2 }), [2], [2]);
  expect(passed(hoistInvariants, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [2], %1: float64 [2])
      %2: float64 [2], %3: float64 [2,2], %4: float64 [2,2] = scan(%0, %1) { carries: 1, elements: 0, length: 2, reverse: false, history: true, stored: 0 }
        body = program(%0: float64 [2], %1: float64 [2])
          %2: float64 [] = full() { shape: [], value: 1, dtype: "float64" }
          %3: float64 [2] = add(%0, %2)
          %4: float64 [2] = sin(%1)
          return %3, %4
      return %2, %3
    →
    program(%0: float64 [2], %1: float64 [2])
      %2: float64 [2] = sin(%1)
      %3: float64 [2], %4: float64 [2,2], %5: float64 [2,2] = scan(%0, %1, %2) { carries: 1, elements: 0, length: 2, reverse: false, history: false, stored: 0 }
        body = program(%0: float64 [2], %1: float64 [2], %2: float64 [2])
          %3: float64 [] = full() { shape: [], value: 1, dtype: "float64" }
          %4: float64 [2] = add(%0, %3)
          return %4, %2, %0
      return %3, %4"
  `);
});
