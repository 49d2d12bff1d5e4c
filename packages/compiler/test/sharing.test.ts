/** Equal ops on equal operands are recorded once, and what does not change is not recorded again. */
import { scan } from "@tapegrad/autodiff";
import { apply, print, type Tensor } from "@tapegrad/core";
import { add, full, matmul, mul, primitives, sin, sub, tanh } from "@tapegrad/ops";
import { expect, it } from "vitest";
import {
  concatenatePads,
  decomposeByRecord,
  hoistInvariants,
  multiplyTables,
  pushSlicesUp,
  sinkTransposes,
  splitProducts,
} from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { passed, recorded } from "./passes.ts";

inDoublePrecision();

it("the same op on the same operands is computed once", () => {
  const program = recorded((x, y) => mul(add(sin(x), y), add(sin(x), y)), [2], [2]);
  expect(passed(decomposeByRecord, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [2], %1: float64 [2])
      %2: float64 [2] = sin(%0)
      %3: float64 [2] = add(%2, %1)
      %4: float64 [2] = sin(%0)
      %5: float64 [2] = add(%4, %1)
      %6: float64 [2] = mul(%3, %5)
      return %6
    →
    program(%0: float64 [2], %1: float64 [2])
      %2: float64 [2] = sin(%0)
      %3: float64 [2] = add(%2, %1)
      %4: float64 [2] = mul(%3, %3)
      return %4"
  `);
});

it("0, −0, NaN and the infinities are different constants", () => {
  const program = recorded(() =>
    [0, -0, Number.NaN, Infinity, -Infinity, 0, Number.NaN].map((value) => full([], value)),
  );
  expect(passed(decomposeByRecord, program)).toMatchInlineSnapshot(`
    "program()
      %0: float64 [] = full() { shape: [], value: 0, dtype: "float64" }
      %1: float64 [] = full() { shape: [], value: -0, dtype: "float64" }
      %2: float64 [] = full() { shape: [], value: NaN, dtype: "float64" }
      %3: float64 [] = full() { shape: [], value: Infinity, dtype: "float64" }
      %4: float64 [] = full() { shape: [], value: -Infinity, dtype: "float64" }
      %5: float64 [] = full() { shape: [], value: 0, dtype: "float64" }
      %6: float64 [] = full() { shape: [], value: NaN, dtype: "float64" }
      return %0, %1, %2, %3, %4, %5, %6
    →
    program()
      %0: float64 [] = full() { shape: [], value: 0, dtype: "float64" }
      %1: float64 [] = full() { shape: [], value: -0, dtype: "float64" }
      %2: float64 [] = full() { shape: [], value: NaN, dtype: "float64" }
      %3: float64 [] = full() { shape: [], value: Infinity, dtype: "float64" }
      %4: float64 [] = full() { shape: [], value: -Infinity, dtype: "float64" }
      return %0, %1, %2, %3, %4, %0, %2"
  `);
});

it("attributes and the order of operands tell apart", () => {
  const program = recorded((x, y) => [sub(x, y), sub(y, x), add(x, full([1], 2)), add(x, full([], 2))], [1], [1]);
  expect(passed(decomposeByRecord, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [1], %1: float64 [1])
      %2: float64 [1] = sub(%0, %1)
      %3: float64 [1] = sub(%1, %0)
      %4: float64 [1] = full() { shape: [1], value: 2, dtype: "float64" }
      %5: float64 [1] = add(%0, %4)
      %6: float64 [] = full() { shape: [], value: 2, dtype: "float64" }
      %7: float64 [1] = add(%0, %6)
      return %2, %3, %5, %7
    →
    program(%0: float64 [1], %1: float64 [1])
      %2: float64 [1] = sub(%0, %1)
      %3: float64 [1] = sub(%1, %0)
      %4: float64 [1] = full() { shape: [1], value: 2, dtype: "float64" }
      %5: float64 [1] = add(%0, %4)
      %6: float64 [] = full() { shape: [], value: 2, dtype: "float64" }
      %7: float64 [1] = add(%0, %6)
      return %2, %3, %5, %7"
  `);
});

it("bodies of loops, too", () => {
  const program = recorded((h) => scan((c: Tensor) => [mul(sin(c), sin(c)), null], h, null, { length: 2 })[0], [2]);
  expect(passed(decomposeByRecord, program)).toMatchInlineSnapshot(`
    "program(%0: float64 [2])
      %1: float64 [2], %2: float64 [2,2] = scan(%0) { carries: 1, elements: 0, length: 2, reverse: false, history: true, stored: 0 }
        body = program(%0: float64 [2])
          %1: float64 [2] = sin(%0)
          %2: float64 [2] = sin(%0)
          %3: float64 [2] = mul(%1, %2)
          return %3
      return %1
    →
    program(%0: float64 [2])
      %1: float64 [2], %2: float64 [2,2] = scan(%0) { carries: 1, elements: 0, length: 2, reverse: false, history: true, stored: 0 }
        body = program(%0: float64 [2])
          %1: float64 [2] = sin(%0)
          %2: float64 [2] = mul(%1, %1)
          return %2
      return %1"
  `);
});

it("what runs on the host runs as often as it is applied", () => {
  const counted = { ...primitives.sin, name: "counted", host: () => {} };
  const twice = (x: Tensor) => add(apply(counted, [x], {}), apply(counted, [x], {}));
  const text = print(
    decomposeByRecord(
      recorded((x) => [twice(x), scan((c: Tensor) => [twice(c), null], x, null, { length: 2 })[0]], [2]),
    ),
  );
  expect(text.match(/counted/g)).toHaveLength(4);
});

it("a Program in which nothing changes is the same one", () => {
  const program = decomposeByRecord(
    recorded((x, w) => [tanh(matmul(x, w)), scan((c: Tensor) => [sin(c), c], x, null, { length: 2 })], [2, 2], [2, 2]),
  );
  const passes = [splitProducts, multiplyTables, concatenatePads, pushSlicesUp, hoistInvariants, sinkTransposes];
  for (const pass of passes) expect(pass(program)).toBe(program);
});
