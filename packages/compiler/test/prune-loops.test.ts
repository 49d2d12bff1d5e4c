/** What a loop computes for nobody. */
import { scan } from "@tapegrad/autodiff";
import type { Tensor } from "@tapegrad/core";
import { add, mul, tanh } from "@tapegrad/ops";
import { expect, it } from "vitest";
import { pruneLoops } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { passed, recorded } from "./passes.ts";

inDoublePrecision();

it("carries that swap places and are never read again, elements and outputs go", () => {
  const program = recorded(
    (init, xs) => {
      const [[a], [h]] = scan(
        (
          [a, b, unused]: [Tensor, Tensor, Tensor],
          [x, y]: [Tensor, Tensor],
        ): [[Tensor, Tensor, Tensor], [Tensor, Tensor]] => [
          [tanh(b), add(a, x), add(unused, y)],
          [a, unused],
        ],
        [init, init, init],
        [xs, xs],
      );
      return [a, h];
    },
    [2],
    [3, 2],
  );
  expect(passed(pruneLoops, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [2], %1: float64 [3,2])
      %2: float64 [2], %3: float64 [2], %4: float64 [2], %5: float64 [3,2], %6: float64 [3,2], %7: float64 [3,2], %8: float64 [3,2], %9: float64 [3,2] = scan(%0, %0, %0, %1, %1) { carries: 3, elements: 2, length: 3, reverse: false, history: true, stored: 0 }
        body = program(%0: float64 [2], %1: float64 [2], %2: float64 [2], %3: float64 [2], %4: float64 [2])
          %5: float64 [2] = tanh(%1)
          %6: float64 [2] = add(%0, %3)
          %7: float64 [2] = add(%2, %4)
          return %5, %6, %7, %0, %2
      return %2, %5
    →
    program(%0: float64 [2], %1: float64 [3,2])
      %2: float64 [2], %3: float64 [2], %4: float64 [3,2] = scan(%0, %0, %1) { carries: 2, elements: 1, length: 3, reverse: false, history: false, stored: 0 }
        body = program(%0: float64 [2], %1: float64 [2], %2: float64 [2])
          %3: float64 [2] = tanh(%1)
          %4: float64 [2] = add(%0, %2)
          return %3, %4, %0
      return %2, %4"
  `);
});

it("a carry that only others need stays", () => {
  const program = recorded(
    (a, b) =>
      scan(([a, b]: [Tensor, Tensor]): [[Tensor, Tensor], null] => [[mul(a, b), tanh(b)], null], [a, b], null, {
        length: 3,
      })[0][0],
    [2],
    [2],
  );
  expect(passed(pruneLoops, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [2], %1: float64 [2])
      %2: float64 [2], %3: float64 [2], %4: float64 [3,2], %5: float64 [3,2] = scan(%0, %1) { carries: 2, elements: 0, length: 3, reverse: false, history: true, stored: 0 }
        body = program(%0: float64 [2], %1: float64 [2])
          %2: float64 [2] = mul(%0, %1)
          %3: float64 [2] = tanh(%1)
          return %2, %3
      return %2
    →
    program(%0: float64 [2], %1: float64 [2])
      %2: float64 [2], %3: float64 [2] = scan(%0, %1) { carries: 2, elements: 0, length: 3, reverse: false, history: false, stored: 0 }
        body = program(%0: float64 [2], %1: float64 [2])
          %2: float64 [2] = mul(%0, %1)
          %3: float64 [2] = tanh(%1)
          return %2, %3
      return %2"
  `);
});

it("a carry that no step changes is a capture, also where it is stacked", () => {
  const program = recorded(
    (init, memory) =>
      scan(
        ([h, m]: [Tensor, Tensor]): [[Tensor, Tensor], Tensor] => [[tanh(mul(h, tanh(m))), m], m],
        [init, memory],
        null,
        { length: 3 },
      ),
    [2],
    [2],
  );
  expect(passed(pruneLoops, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [2], %1: float64 [2])
      %2: float64 [2], %3: float64 [2], %4: float64 [3,2], %5: float64 [3,2], %6: float64 [3,2] = scan(%0, %1) { carries: 2, elements: 0, length: 3, reverse: false, history: true, stored: 0 }
        body = program(%0: float64 [2], %1: float64 [2])
          %2: float64 [2] = tanh(%1)
          %3: float64 [2] = mul(%0, %2)
          %4: float64 [2] = tanh(%3)
          return %4, %1, %1
      return %2, %3, %4
    →
    program(%0: float64 [2], %1: float64 [2])
      %2: float64 [2] = scan(%0, %1) { carries: 1, elements: 0, length: 3, reverse: false, history: false, stored: 0 }
        body = program(%0: float64 [2], %1: float64 [2])
          %2: float64 [2] = tanh(%1)
          %3: float64 [2] = mul(%0, %2)
          %4: float64 [2] = tanh(%3)
          return %4
      %3: float64 [3,2] = broadcastTo(%1) { shape: [3,2] }
      return %2, %1, %3"
  `);
});
