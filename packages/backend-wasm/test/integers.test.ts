/** int32 arithmetic is modulo 2³², eager and compiled, on both host backends: the truth is computed with BigInts. */
import { compile } from "@tapegrad/autodiff";
import type { Tensor } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import {
  abs,
  add,
  cast,
  cumsum,
  full,
  indexAdd,
  mul,
  neg,
  prod,
  scatterAdd,
  slice,
  square,
  sub,
  sum,
  zeros,
} from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cpuBackend, on, variants } from "./comparison.ts";

const wrapped = (value: bigint) => Number(BigInt.asIntN(32, value));
const total = (values: readonly bigint[]) => values.reduce((a, b) => a + b, 0n);
const [rows, columns] = [3, 4];
const row = (x: readonly bigint[], i: number) => x.slice(i * columns, (i + 1) * columns);
const column = (x: readonly bigint[], j: number) => x.filter((_, i) => i % columns === j);
const each = (length: number) => Array.from({ length }, (_, i) => i);

/** Sums that doubles would round. */
const [length, largest] = [4_300_001, 2n ** 31n - 1n];
const long = () => full([length], Number(largest), { dtype: "int32" });

/** Of x and y, both [3, 4]: what is computed, and what it is. */
const cases: Readonly<
  Record<string, [(x: Tensor, y: Tensor) => Tensor, (x: readonly bigint[], y: readonly bigint[]) => readonly bigint[]]>
> = {
  add: [add, (x, y) => x.map((a, i) => a + (y[i] ?? 0n))],
  sub: [sub, (x, y) => x.map((a, i) => a - (y[i] ?? 0n))],
  mul: [mul, (x, y) => x.map((a, i) => a * (y[i] ?? 0n))],
  neg: [neg, (x) => x.map((a) => -a)],
  abs: [abs, (x) => x.map((a) => (a < 0n ? -a : a))],
  square: [(x) => square(x), (x) => x.map((a) => a * a)],
  "sum of all": [(x) => sum(x), (x) => [total(x)]],
  "sum of rows": [(x) => sum(x, { axis: 1 }), (x) => each(rows).map((i) => total(row(x, i)))],
  "sum of columns": [(x) => sum(x, { axis: 0 }), (x) => each(columns).map((j) => total(column(x, j)))],
  "sum of products": [
    (x, y) => sum(mul(x, y), { axis: 1 }),
    (x, y) => each(rows).map((i) => dot(row(x, i), row(y, i))),
  ],
  "long sum": [() => sum(long()), () => [BigInt(length) * largest]],
  "long running sum": [() => slice(cumsum(long()), [length - 1]), () => [BigInt(length) * largest]],
  prod: [(x) => prod(x), (x) => [x.reduce((a, b) => a * b, 1n)]],
  cumsum: [
    (x) => cumsum(x, { axis: 1 }),
    (x) => x.map((_, i) => total(row(x, Math.floor(i / columns)).slice(0, (i % columns) + 1))),
  ],
  "cumsum down": [
    (x) => cumsum(x, { axis: 0, reverse: true }),
    (x) => x.map((_, i) => total(column(x, i % columns).slice(Math.floor(i / columns)))),
  ],
  scatterAdd: [
    (x, y) => scatterAdd(x, zeros([rows, columns], { dtype: "int32" }), y),
    (x, y) => x.map((a, i) => (i % columns === 0 ? a + total(row(y, i / columns)) : a)),
  ],
  indexAdd: [
    (x, y) => indexAdd(x, zeros([rows], { dtype: "int32" }), y),
    (x, y) => x.map((a, i) => (i < columns ? a + total(column(y, i)) : a)),
  ],
};

function dot(a: readonly bigint[], b: readonly bigint[]): bigint {
  return total(a.map((x, i) => x * (b[i] ?? 0n)));
}

const integers = fc.array(fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1)), {
  minLength: rows * columns,
  maxLength: rows * columns,
});

const make = (values: readonly number[]) => fromHost(Int32Array.from(values), [rows, columns], "int32");

describe.each([["cpu", cpuBackend] as const, ...variants])("%s", (_, backend) => {
  it.each(Object.entries(cases))("%s", (name, [compute, exact]) => {
    const compiled = compile(compute);
    const property = (a: readonly number[], b: readonly number[]) =>
      on(backend, () => {
        const expected = exact(a.map(BigInt), b.map(BigInt)).map(wrapped);
        for (const fn of [compute, compiled]) {
          const result = fn(make(a), make(b));
          expect(result.dtype).toBe("int32");
          expect(Array.from(result.dataSync())).toEqual(expected);
        }
      });
    fc.assert(fc.property(integers, integers, property), { numRuns: name.startsWith("long") ? 1 : 10 });
  });

  it("floats become integers by truncation, within the range", () => {
    const values = [-1.9, 1.9, 3e9, -3e9, Infinity, -Infinity, Number.NaN, -0.5, 2 ** 31 - 1];
    const expected = [-1, 1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1, -(2 ** 31), 0, 0, 2 ** 31 - 1];
    for (const dtype of ["float32", "float64"] as const) {
      const x = on(backend, () => cast(fromHost(Float64Array.from(values), [9], "float64"), dtype));
      const toIntegers = (y: Tensor) => cast(y, "int32");
      for (const fn of [toIntegers, compile(toIntegers)])
        expect(on(backend, () => Array.from(fn(x).dataSync()))).toEqual(expected);
    }
  });
});
