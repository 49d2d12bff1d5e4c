import { apply, type Tensor } from "@tapegrad/core";
import * as ops from "@tapegrad/ops";
import { seededUniforms } from "@tapegrad/ops/samples";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyDType, coordinates, cpuTensor, elementAt, expectElements, filled, numeric, runs } from "./naive.ts";

const data = (x: Tensor) => [...x.dataSync()];
const float64 = (...values: number[]) => cpuTensor(Float64Array.from(values), [values.length], "float64");

/** A shape and one of its axes. */
const along = fc
  .array(fc.nat(4), { minLength: 1, maxLength: 3 })
  .chain((shape) => fc.tuple(fc.constant(shape), fc.nat(shape.length - 1)));

/** int32 from −1 to `length`: one too low, one too high. */
function wildIndices(shape: number[], length: number): Tensor {
  const random = seededUniforms(5);
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Int32Array.from({ length: size }, () => Math.floor(random() * (length + 2)) - 1);
  return cpuTensor(values, shape, "int32");
}

const missing = (x: Tensor) => (x.dtype === "float32" || x.dtype === "float64" ? NaN : 0);

describe("indexing against a loop over coordinates, out of range included", () => {
  test("gather and scatterAdd", () => {
    fc.assert(
      fc.property(along, fc.nat(5), anyDType, ([shape, axis], count, dtype) => {
        const [x, length] = [filled(shape, dtype), shape[axis] ?? 0];
        const at = wildIndices(shape.with(axis, count), length);
        const inRange = (row: number) => row >= 0 && row < length;
        expectElements(ops.gather(x, at, { axis }), at.shape, (place) => {
          const row = elementAt(at, place);
          return inRange(row) ? elementAt(x, place.with(axis, row)) : missing(x);
        });
        if (dtype === "bool") return;
        const updates = filled(shape.with(axis, count), dtype, 2);
        expectElements(ops.scatterAdd(x, at, updates, { axis }), shape, (place) => {
          const hits = coordinates(at.shape).filter((from) => elementAt(at, from) === place[axis]);
          const mine = hits.filter((from) => from.every((i, other) => other === axis || i === place[other]));
          return mine.reduce((sum, from) => sum + elementAt(updates, from), elementAt(x, place));
        });
      }),
      runs,
    );
  });

  test("take and indexAdd", () => {
    const indexShape = fc.array(fc.nat(3), { maxLength: 2 });
    fc.assert(
      fc.property(along, indexShape, numeric, ([shape, axis], indices, dtype) => {
        const [x, length] = [filled(shape, dtype), shape[axis] ?? 0];
        const at = wildIndices(indices, length);
        const taken = shape.toSpliced(axis, 1, ...indices);
        expectElements(ops.take(x, at, { axis }), taken, (place) => {
          const row = elementAt(at, place.slice(axis, axis + indices.length));
          return row >= 0 && row < length ? elementAt(x, place.toSpliced(axis, indices.length, row)) : missing(x);
        });
        const updates = filled(taken, dtype, 2);
        const added = apply(ops.primitives.indexAdd, [x, at, updates], { axis: axis - shape.length });
        expectElements(added, shape, (place) =>
          coordinates(indices)
            .filter((from) => elementAt(at, from) === place[axis])
            .reduce((sum, from) => sum + elementAt(updates, place.toSpliced(axis, 1, ...from)), elementAt(x, place)),
        );
      }),
      runs,
    );
  });

  test("operands are not written to", () => {
    const x = float64(1, 2);
    ops.scatterAdd(x, cpuTensor(Int32Array.of(0), [1], "int32"), float64(5));
    expect(data(x)).toEqual([1, 2]);
  });

  test("cumsum, both ways", () => {
    fc.assert(
      fc.property(along, numeric, fc.boolean(), ([shape, axis], dtype, reverse) => {
        const x = filled(shape, dtype);
        expectElements(ops.cumsum(x, { axis, reverse }), shape, (place) => {
          const here = place[axis] ?? 0;
          const before = Array.from({ length: shape[axis] ?? 0 }, (_, i) => i).filter((i) =>
            reverse ? i >= here : i <= here,
          );
          return before.reduce((sum, i) => sum + elementAt(x, place.with(axis, i)), 0);
        });
      }),
      runs,
    );
  });
});

describe("argsort", () => {
  test("sorts, and keeps the order of equals, both ways", () => {
    fc.assert(
      fc.property(along, anyDType, fc.boolean(), ([shape, axis], dtype, descending) => {
        const x = filled(shape, dtype);
        const order = ops.argsort(x, { axis, descending });
        expect(order.dtype).toBe("int32");
        expectElements(order, shape, (place) => {
          const values = Array.from({ length: shape[axis] ?? 0 }, (_, i) => elementAt(x, place.with(axis, i)));
          // Insertion by counting: the position of each is how many come before it.
          const rank = values.map(
            (value, i) =>
              values.filter((other, j) => (descending ? other > value : other < value) || (other === value && j < i))
                .length,
          );
          return rank.indexOf(place[axis] ?? 0);
        });
      }),
      runs,
    );
  });

  test("NaN is the largest", () => {
    const x = float64(NaN, 1, Infinity, NaN, -Infinity);
    expect(data(ops.argsort(x))).toEqual([4, 1, 2, 0, 3]);
    expect(data(ops.argsort(x, { descending: true }))).toEqual([0, 3, 2, 1, 4]);
    expect(data(ops.sort(x))).toEqual([-Infinity, 1, Infinity, NaN, NaN]);
  });

  test("zeros of either sign are equal", () => {
    expect(data(ops.argsort(float64(0, -0, 0)))).toEqual([0, 1, 2]);
    expect(data(ops.argsort(float64(0, -0, 0), { descending: true }))).toEqual([0, 1, 2]);
  });
});
