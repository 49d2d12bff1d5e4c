/** Products taken apart, put together, and done in the cheaper order. */
import { grad, scan } from "@tapegrad/autodiff";
import type { Tensor } from "@tapegrad/core";
import {
  add,
  cast,
  concat,
  matmul,
  mul,
  neg,
  reshape,
  sin,
  split,
  sum,
  take,
  tanh,
  transpose,
  zeros,
} from "@tapegrad/ops";
import { describe, expect, it } from "vitest";
import { concatenatePads, decomposeByRecord, mergeProducts, multiplyTables, splitProducts } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { passed, recorded } from "./passes.ts";

inDoublePrecision();

const after = (text: string) => text.split("→")[1] ?? "";

describe("splitProducts", () => {
  it("a product of a concatenation is a sum of products", () => {
    const program = recorded((a, b, w) => matmul(concat([a, b], { axis: -1 }), w), [1, 2], [1, 3], [5, 4]);
    expect(passed(splitProducts, program)).toMatchInlineSnapshot(`
      "program(%0: float64 [1,2], %1: float64 [1,3], %2: float64 [5,4])
        %3: float64 [1,5] = concat(%0, %1) { axis: -1 }
        %4: float64 [1,4] = matmul(%3, %2) { transposeLeft: false, transposeRight: false }
        return %4
      →
      program(%0: float64 [1,2], %1: float64 [1,3], %2: float64 [5,4])
        %3: float64 [2,4] = slice(%2) { starts: [0,0], sizes: [2,4], steps: [1,1] }
        %4: float64 [1,4] = matmul(%0, %3) { transposeLeft: false, transposeRight: false }
        %5: float64 [3,4] = slice(%2) { starts: [2,0], sizes: [3,4], steps: [1,1] }
        %6: float64 [1,4] = matmul(%1, %5) { transposeLeft: false, transposeRight: false }
        %7: float64 [1,4] = add(%4, %6)
        return %7"
    `);
  });

  it.each([
    [
      "a transposed right operand",
      (a: Tensor, w: Tensor) => matmul(concat([a, a], { axis: -1 }), w, { transposeRight: true }),
      [3, 2],
      [5, 4],
    ],
    ["parts without columns", (a: Tensor, w: Tensor) => matmul(concat([a, a], { axis: -1 }), w), [3, 0], [0, 4]],
  ] as const)("%s", (_, f, left, right) => {
    expect(after(passed(splitProducts, recorded(f, left, right)))).not.toContain("concat");
  });

  it("a product with a concatenation, as weights [out, in] have it, is products side by side", () => {
    const program = recorded(
      (g, a, b) => matmul(g, concat([a, b], { axis: -1 }), { transposeLeft: true }),
      [3, 4],
      [3, 1],
      [3, 2],
    );
    expect(after(passed(splitProducts, program))).toMatchInlineSnapshot(`
      "
      program(%0: float64 [3,4], %1: float64 [3,1], %2: float64 [3,2])
        %3: float64 [4,1] = matmul(%0, %1) { transposeLeft: true, transposeRight: false }
        %4: float64 [4,2] = matmul(%0, %2) { transposeLeft: true, transposeRight: false }
        %5: float64 [4,3] = concat(%3, %4) { axis: -1 }
        return %5"
    `);
  });

  it.each([
    ["rows that are put together", (a: Tensor, w: Tensor) => matmul(concat([a, a]), w), [3, 2], [2, 4]],
    [
      "a transposed left operand",
      (a: Tensor, w: Tensor) => matmul(concat([a, a], { axis: -1 }), w, { transposeLeft: true }),
      [3, 2],
      [3, 4],
    ],
    ["batches of weights", (a: Tensor, w: Tensor) => matmul(concat([a, a], { axis: -1 }), w), [3, 2], [2, 4, 1]],
  ] as const)("%s stay", (_, f, left, right) => {
    expect(after(passed(splitProducts, recorded(f, left, right)))).toContain("concat");
  });
});

describe("mergeProducts", () => {
  const looped = (step: (h: Tensor, v: Tensor, w: Tensor) => Tensor) =>
    recorded(
      (h, v, w) => scan((c: Tensor) => [tanh(step(c, v, w)), null], h, null, { length: 3 })[0],
      [1, 2],
      [2, 2],
      [2, 2],
    );

  it("products of one operand are columns of one product", () => {
    expect(
      passed(
        mergeProducts,
        looped((h, v, w) => mul(matmul(h, v), matmul(h, w))),
      ),
    ).toMatchInlineSnapshot(`
      "program(%0: float64 [1,2], %1: float64 [2,2], %2: float64 [2,2])
        %3: float64 [1,2], %4: float64 [3,1,2], %5: float64 [3,1,2], %6: float64 [3,1,2] = scan(%0, %1, %2) { carries: 1, elements: 0, length: 3, reverse: false, history: true, stored: 2 }
          body = program(%0: float64 [1,2], %1: float64 [2,2], %2: float64 [2,2])
            %3: float64 [1,2] = matmul(%0, %1) { transposeLeft: false, transposeRight: false }
            %4: float64 [1,2] = matmul(%0, %2) { transposeLeft: false, transposeRight: false }
            %5: float64 [1,2] = mul(%3, %4)
            %6: float64 [1,2] = tanh(%5)
            return %6, %3, %4
        return %3
      →
      program(%0: float64 [1,2], %1: float64 [2,2], %2: float64 [2,2])
        %3: float64 [1,2], %4: float64 [3,1,2], %5: float64 [3,1,2], %6: float64 [3,1,2] = scan(%0, %1, %2) { carries: 1, elements: 0, length: 3, reverse: false, history: false, stored: 0 }
          body = program(%0: float64 [1,2], %1: float64 [2,2], %2: float64 [2,2])
            %3: float64 [2,4] = concat(%1, %2) { axis: -1 }
            %4: float64 [1,4] = matmul(%0, %3) { transposeLeft: false, transposeRight: false }
            %5: float64 [1,2] = slice(%4) { starts: [0,0], sizes: [1,2], steps: [1,1] }
            %6: float64 [1,2] = slice(%4) { starts: [0,2], sizes: [1,2], steps: [1,1] }
            %7: float64 [1,2] = mul(%5, %6)
            %8: float64 [1,2] = tanh(%7)
            return %8, %5, %6, %0
        return %3"
    `);
  });

  it("a sum of products is one product", () => {
    expect(
      passed(
        mergeProducts,
        looped((h, v, w) => add(matmul(h, v), matmul(sin(h), w))),
      ),
    ).toMatchInlineSnapshot(`
      "program(%0: float64 [1,2], %1: float64 [2,2], %2: float64 [2,2])
        %3: float64 [1,2], %4: float64 [3,1,2], %5: float64 [3,1,2], %6: float64 [3,1,2] = scan(%0, %1, %2) { carries: 1, elements: 0, length: 3, reverse: false, history: true, stored: 2 }
          body = program(%0: float64 [1,2], %1: float64 [2,2], %2: float64 [2,2])
            %3: float64 [1,2] = matmul(%0, %1) { transposeLeft: false, transposeRight: false }
            %4: float64 [1,2] = sin(%0)
            %5: float64 [1,2] = matmul(%4, %2) { transposeLeft: false, transposeRight: false }
            %6: float64 [1,2] = add(%3, %5)
            %7: float64 [1,2] = tanh(%6)
            return %7, %3, %5
        return %3
      →
      program(%0: float64 [1,2], %1: float64 [2,2], %2: float64 [2,2])
        %3: float64 [1,2], %4: float64 [3,1,2], %5: float64 [3,1,2], %6: float64 [3,1,2] = scan(%0, %1, %2) { carries: 1, elements: 0, length: 3, reverse: false, history: false, stored: 0 }
          body = program(%0: float64 [1,2], %1: float64 [2,2], %2: float64 [2,2])
            %3: float64 [1,2] = matmul(%0, %1) { transposeLeft: false, transposeRight: false }
            %4: float64 [1,2] = sin(%0)
            %5: float64 [1,2] = matmul(%4, %2) { transposeLeft: false, transposeRight: false }
            %6: float64 [1,4] = concat(%0, %4) { axis: -1 }
            %7: float64 [4,2] = concat(%1, %2) { axis: -2 }
            %8: float64 [1,2] = matmul(%6, %7) { transposeLeft: false, transposeRight: false }
            %9: float64 [1,2] = tanh(%8)
            return %9, %3, %5, %0
        return %3"
    `);
  });

  it.each([
    [
      "transposed alike",
      (h: Tensor, v: Tensor, w: Tensor) =>
        mul(matmul(h, v, { transposeRight: true }), matmul(h, w, { transposeRight: true })),
    ],
    [
      "transposed differently",
      (h: Tensor, v: Tensor, w: Tensor) => add(matmul(h, v, { transposeRight: true }), matmul(sin(h), w)),
    ],
    [
      "a sum that broadcasts",
      (h: Tensor, v: Tensor, w: Tensor) =>
        sum(add(matmul(h, v), matmul(concat([h, sin(h)]), w)), { axis: 0, keepDims: true }),
    ],
    ["the same product twice", (h: Tensor, v: Tensor) => add(matmul(h, v), matmul(h, v))],
    [
      "three in a sum",
      (h: Tensor, v: Tensor, w: Tensor) => add(add(matmul(h, v), matmul(sin(h), w)), matmul(tanh(h), v)),
    ],
  ])("%s", (_, step) => {
    expect(after(passed(mergeProducts, looped(step)))).toContain("matmul");
  });
});

describe("multiplyTables", () => {
  const indices = (x: Tensor) => cast(add(1, x), "int32");

  it("rows of a small table are read from its product", () => {
    const program = recorded((e, x, w) => matmul(take(e, indices(x), { axis: 0 }), w), [2, 3], [5], [3, 4]);
    expect(passed(multiplyTables, program)).toMatchInlineSnapshot(`
      "program(%0: float64 [2,3], %1: float64 [5], %2: float64 [3,4])
        %3: float64 [] = full() { shape: [], value: 1, dtype: "float64" }
        %4: float64 [5] = add(%3, %1)
        %5: int32 [5] = cast(%4) { dtype: "int32" }
        %6: float64 [5,3] = take(%0, %5) { axis: -2 }
        %7: float64 [5,4] = matmul(%6, %2) { transposeLeft: false, transposeRight: false }
        return %7
      →
      program(%0: float64 [2,3], %1: float64 [5], %2: float64 [3,4])
        %3: float64 [] = full() { shape: [], value: 1, dtype: "float64" }
        %4: float64 [5] = add(%3, %1)
        %5: int32 [5] = cast(%4) { dtype: "int32" }
        %6: float64 [2,4] = matmul(%0, %2) { transposeLeft: false, transposeRight: false }
        %7: float64 [5,4] = take(%6, %5) { axis: -2 }
        return %7"
    `);
  });

  it("a large table is read first", () => {
    const program = recorded((e, x, w) => matmul(take(e, indices(x), { axis: 0 }), w), [6, 3], [5], [3, 4]);
    expect(after(passed(multiplyTables, program))).toMatch(/take[\s\S]*matmul/);
  });

  it("its gradients add up rows before they multiply", () => {
    const loss = (e: Tensor, w: Tensor, x: Tensor) => sum(sin(matmul(take(e, indices(x), { axis: 0 }), w)));
    const program = recorded(
      (e, x, w) => [grad((y: Tensor) => loss(y, w, x))(e), grad((v: Tensor) => loss(e, v, x))(w)],
      [2, 3],
      [5],
      [3, 4],
    );
    const added = after(passed(multiplyTables, program)).match(/float64 .* = indexAdd/g);
    expect(added).toHaveLength(2);
  });

  it("through reshape and transpose", () => {
    const program = recorded(
      (e, x, w) => matmul(reshape(transpose(take(e, indices(x), { axis: 0 }), [1, 0, 2]), [-1, 3]), w),
      [2, 3],
      [5, 2],
      [3, 4],
    );
    expect(after(passed(multiplyTables, program))).toMatch(/matmul[\s\S]*take/);
    const empty = recorded((e, x) => reshape(take(e, indices(x), { axis: 0 }), [7, 0]), [2, 0], [5]);
    passed(multiplyTables, empty);
  });
});

describe("concatenatePads", () => {
  it("cotangents of gates are put side by side", () => {
    const program = recorded(
      (x) =>
        grad((y: Tensor) =>
          split(y, 3, { axis: -1 })
            .map((part, i) => sum(mul(sin(part), i + 2)))
            .reduce(add),
        )(x),
      [1, 6],
    );
    expect(after(passed(concatenatePads, decomposeByRecord(program)))).toMatchInlineSnapshot(`
      "
      program(%0: float64 [1,6])
        %1: float64 [1,2] = slice(%0) { starts: [0,0], sizes: [1,2], steps: [1,1] }
        %2: float64 [1,2] = slice(%0) { starts: [0,2], sizes: [1,2], steps: [1,1] }
        %3: float64 [1,2] = slice(%0) { starts: [0,4], sizes: [1,2], steps: [1,1] }
        %4: float64 [] = full() { shape: [], value: 2, dtype: "float64" }
        %5: float64 [] = full() { shape: [], value: 3, dtype: "float64" }
        %6: float64 [] = full() { shape: [], value: 4, dtype: "float64" }
        %7: float64 [1,2] = full() { shape: [1,2], value: 1, dtype: "float64" }
        %8: float64 [1,2] = mul(%7, %6)
        %9: float64 [1,2] = cos(%3)
        %10: float64 [1,2] = mul(%8, %9)
        %11: float64 [1,2] = mul(%7, %5)
        %12: float64 [1,2] = cos(%2)
        %13: float64 [1,2] = mul(%11, %12)
        %14: float64 [1,2] = mul(%7, %4)
        %15: float64 [1,2] = cos(%1)
        %16: float64 [1,2] = mul(%14, %15)
        %17: float64 [] = full() { shape: [], value: 0, dtype: "float64" }
        %18: float64 [1,2] = add(%16, %17)
        %19: float64 [1,2] = add(%13, %17)
        %20: float64 [1,2] = add(%10, %17)
        %21: float64 [1,6] = concat(%18, %19, %20) { axis: -1 }
        return %21"
    `);
  });

  it("without additions where only products and sums read them, after a loop as well", () => {
    const gradients = (f: (x: Tensor) => Tensor) => (x: Tensor) =>
      grad((y: Tensor) =>
        split(y, 3, { axis: -1 })
          .map((part) => sum(f(part)))
          .reduce(add),
      )(x);
    const product = recorded((x, w) => matmul(neg(gradients(sin)(x)), w), [1, 6], [6, 2]);
    const loop = recorded(
      (x, w) =>
        matmul(
          scan((h: Tensor, row: Tensor) => [mul(h, 2), gradients((part) => mul(part, h))(row)], zeros([2]), x)[1],
          w,
        ),
      [4, 6],
      [6, 2],
    );
    for (const program of [product, loop]) {
      const text = after(passed(concatenatePads, decomposeByRecord(program)));
      expect(text).toContain("concat");
      expect(text).not.toContain(" add(");
    }
  });

  it("pieces of different shape are added as they are", () => {
    const piece = (x: Tensor, at: number) => grad((y: Tensor) => sum(sin(split(y, 2, { axis: -1 })[at] ?? y)))(x);
    const program = recorded((x, y) => add(piece(x, 0), piece(y, 1)), [1, 4], [3, 4]);
    expect(after(passed(concatenatePads, program))).not.toContain("concat");
  });
});
