import type { Tensor } from "@tapegrad/core";
import * as ops from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coordinates, cpuTensor, elementAt, expectElements, filled, numeric, runs, shapes } from "./naive.ts";

const float64 = (...values: number[]) => cpuTensor(Float64Array.from(values), [values.length], "float64");
const int32 = (...values: number[]) => cpuTensor(Int32Array.from(values), [values.length], "int32");
const data = (x: Tensor) => [...x.dataSync()];

/** A shape and some of its axes. */
const over = shapes.chain((shape) =>
  fc.record({ shape: fc.constant(shape), axes: fc.subarray(shape.map((_, axis) => axis)), dtype: numeric }),
);

/** Every element of `x` that is reduced into the one at `at`, where reduced axes are kept with length 1. */
function group(x: Tensor, axes: readonly number[], at: readonly number[]): number[] {
  return coordinates(x.shape)
    .filter((from) => from.every((position, axis) => axes.includes(axis) || position === at[axis]))
    .map((from) => elementAt(x, from));
}

const kept = (shape: readonly number[], axes: readonly number[]) =>
  shape.map((length, axis) => (axes.includes(axis) ? 1 : length));

describe("reductions against a loop over coordinates", () => {
  test.each([
    ["sum", ops.sum, (values: number[]) => values.reduce((a, b) => a + b, 0), 0],
    ["max", ops.max, (values: number[]) => Math.max(...values), 0],
    ["min", ops.min, (values: number[]) => Math.min(...values), 0],
    ["logSumExp", ops.logSumExp, (values: number[]) => Math.log(values.reduce((a, b) => a + Math.exp(b), 0)), 1e-6],
    ["mean", ops.mean, (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length, 1e-6],
    ["prod", ops.prod, (values: number[]) => values.reduce((a, b) => a * b, 1), 1e-6],
  ] as const)("%s", (name, op, element, within) => {
    fc.assert(
      fc.property(over, ({ shape, axes, dtype }) => {
        const x = filled(shape, dtype);
        fc.pre(name !== "prod" || dtype !== "int32" || x.size < 12);
        const empty = axes.some((axis) => shape[axis] === 0);
        fc.pre(!(empty && dtype === "int32" && (name === "max" || name === "min")));
        const expected = kept(shape, axes);
        const keepDims = op(x, { axis: axes, keepDims: true });
        expectElements(keepDims, expected, (at) => element(group(x, axes, at)), within * scale(keepDims));
        const dropped = op(x, { axis: axes });
        expect(dropped.shape).toEqual(shape.filter((_, axis) => !axes.includes(axis)));
        expect(data(dropped)).toEqual(data(keepDims));
      }),
      runs,
    );
  });

  test("a float32 sum keeps its small terms beside a large one", () => {
    const values = new Float32Array(1000).fill(0.25);
    values[0] = 2 ** 24;
    expect(ops.sum(cpuTensor(values, [1000], "float32")).itemSync()).toBe(Math.fround(2 ** 24 + 999 / 4));
  });
});

function scale(x: Tensor): number {
  return data(x).reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1);
}

describe("edges", () => {
  test("of nothing", () => {
    const nothing = float64();
    expect(data(ops.sum(nothing))).toEqual([0]);
    expect(data(ops.max(nothing))).toEqual([-Infinity]);
    expect(data(ops.min(nothing))).toEqual([Infinity]);
    expect(data(ops.logSumExp(nothing))).toEqual([-Infinity]);
    expect(data(ops.max(int32()))).toEqual([-(2 ** 31)]);
    expect(data(ops.min(int32()))).toEqual([2 ** 31 - 1]);
  });

  test("NaN and infinities", () => {
    for (const op of [ops.sum, ops.max, ops.min, ops.logSumExp]) expect(data(op(float64(1, NaN, 2)))).toEqual([NaN]);
    expect(data(ops.logSumExp(float64(-Infinity, -Infinity)))).toEqual([-Infinity]);
    expect(data(ops.logSumExp(float64(Infinity, 1)))).toEqual([Infinity]);
    expect(data(ops.logSumExp(float64(-Infinity, 3)))).toEqual([3]);
    expect(data(ops.logSumExp(float64(1e4, 1e4)))).toEqual([1e4 + Math.LN2]);
    expect(data(ops.logSumExp(float64(-1e4, -1e4)))).toEqual([-1e4 + Math.LN2]);
  });

  test("int32 sums wrap", () => {
    expect(data(ops.sum(int32(2 ** 31 - 1, 2)))).toEqual([1 - 2 ** 31]);
  });
});

describe("argmax and argmin", () => {
  test("take the first of equals, and NaN before all", () => {
    expect(data(ops.argmax(float64(1, 3, 3)))).toEqual([1]);
    expect(data(ops.argmin(float64(3, 1, 1)))).toEqual([1]);
    for (const op of [ops.argmax, ops.argmin]) {
      expect(data(op(float64(1, NaN, Infinity, NaN, -Infinity)))).toEqual([1]);
      expect(data(op(float64(NaN, NaN)))).toEqual([0]);
      expect(data(op(float64(0, -0)))).toEqual([0]);
    }
  });

  test("against a loop, along every axis", () => {
    const along = fc
      .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })
      .chain((shape) => fc.tuple(fc.constant(shape), fc.nat(shape.length - 1), numeric));
    fc.assert(
      fc.property(along, ([shape, axis, dtype]) => {
        const x = filled(shape, dtype);
        for (const [op, best] of [
          [ops.argmax, Math.max],
          [ops.argmin, Math.min],
        ] as const) {
          const result = op(x, { axis, keepDims: true });
          expect(result.dtype).toBe("int32");
          expectElements(result, shape.with(axis, 1), (at) => {
            const values = group(x, [axis], at);
            return values.indexOf(best(...values));
          });
        }
      }),
      runs,
    );
  });
});
