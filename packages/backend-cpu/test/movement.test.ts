import { apply } from "@tapegrad/core";
import * as ops from "@tapegrad/ops";
import fc from "fast-check";
import { describe, test } from "vitest";
import { anyDType, broadcasts, elementAt, expectElements, filled, runs, shapes } from "./naive.ts";

/** A shape with one value per axis. */
function withPerAxis<T>(value: fc.Arbitrary<T>): fc.Arbitrary<[shape: number[], values: T[]]> {
  return shapes.chain((shape) => fc.tuple(fc.constant(shape), fc.tuple(...shape.map(() => value))));
}

describe("movement against a loop over coordinates", () => {
  test("broadcastTo", () => {
    fc.assert(
      fc.property(broadcasts, anyDType, ({ shape, left }, dtype) => {
        const x = filled(left, dtype);
        expectElements(ops.broadcastTo(x, shape), shape, (at) => elementAt(x, at));
      }),
      runs,
    );
  });

  test("transpose", () => {
    const permuted = shapes.chain((shape) => {
      const axes = shape.map((_, axis) => axis);
      return fc.tuple(fc.constant(shape), fc.shuffledSubarray(axes, { minLength: axes.length }));
    });
    fc.assert(
      fc.property(permuted, anyDType, ([shape, axes], dtype) => {
        const x = filled(shape, dtype);
        expectElements(
          ops.transpose(x, axes),
          axes.map((axis) => shape[axis] ?? 0),
          (at) =>
            elementAt(
              x,
              shape.map((_, axis) => at[axes.indexOf(axis)] ?? 0),
            ),
        );
      }),
      runs,
    );
  });

  test("slice", () => {
    const position = fc.integer({ min: -6, max: 6 });
    fc.assert(
      fc.property(
        withPerAxis(fc.tuple(position, position, fc.integer({ min: 1, max: 3 }))),
        anyDType,
        ([shape, cuts], dtype) => {
          const x = filled(shape, dtype);
          // What Array.prototype.slice keeps, every step-th of it: the same conventions for negative and far positions.
          const picked = shape.map((length, axis) => {
            const [start = 0, stop = 0, step = 1] = cuts[axis] ?? [];
            const positions = Array.from({ length }, (_, i) => i);
            return positions.slice(start, stop).filter((_, i) => i % step === 0);
          });
          const [starts, stops, steps] = [0, 1, 2].map((part) => cuts.map((cut) => cut[part] ?? 0));
          expectElements(
            ops.slice(x, starts ?? [], stops ?? [], steps ?? []),
            picked.map((positions) => positions.length),
            (at) =>
              elementAt(
                x,
                at.map((i, axis) => picked[axis]?.[i] ?? NaN),
              ),
          );
        },
      ),
      runs,
    );
  });

  test("pad, with zeros between", () => {
    fc.assert(
      fc.property(withPerAxis(fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2))), anyDType, ([shape, widths], dtype) => {
        const x = filled(shape, dtype);
        const [low = [], high = [], interior = []] = [0, 1, 2].map((part) => widths.map((width) => width[part] ?? 0));
        const padded = shape.map(
          (length, axis) =>
            (low[axis] ?? 0) + (high[axis] ?? 0) + length + Math.max(0, length - 1) * (interior[axis] ?? 0),
        );
        expectElements(apply(ops.primitives.pad, [x], { low, high, interior }), padded, (at) => {
          const from = at.map((i, axis) => (i - (low[axis] ?? 0)) / ((interior[axis] ?? 0) + 1));
          const inside = from.every((i, axis) => Number.isInteger(i) && i >= 0 && i < (shape[axis] ?? 0));
          return inside ? elementAt(x, from) : 0;
        });
      }),
      runs,
    );
  });

  test("flip", () => {
    fc.assert(
      fc.property(withPerAxis(fc.boolean()), anyDType, ([shape, flipped], dtype) => {
        const x = filled(shape, dtype);
        const axis = shape.flatMap((_, at) => (flipped[at] ? [at] : []));
        expectElements(ops.flip(x, { axis }), shape, (at) =>
          elementAt(
            x,
            at.map((i, j) => (flipped[j] ? (shape[j] ?? 0) - 1 - i : i)),
          ),
        );
      }),
      runs,
    );
  });

  test("concat", () => {
    const parts = fc
      .array(fc.nat(3), { minLength: 1, maxLength: 4 })
      .chain((shape) =>
        fc.tuple(
          fc.constant(shape),
          fc.nat(shape.length - 1),
          fc.array(fc.nat(40), { minLength: 1, maxLength: 3 }),
          anyDType,
        ),
      );
    fc.assert(
      fc.property(parts, ([shape, axis, lengths, dtype]) => {
        const tensors = lengths.map((length, i) => filled(shape.with(axis, length), dtype, i + 1));
        const total = lengths.reduce((a, b) => a + b, 0);
        expectElements(ops.concat(tensors, { axis }), shape.with(axis, total), (at) => {
          let position = at[axis] ?? 0;
          for (const x of tensors) {
            const length = x.shape[axis] ?? 0;
            if (position < length) return elementAt(x, at.with(axis, position));
            position -= length;
          }
          return NaN;
        });
      }),
      { ...runs, numRuns: 50 },
    );
  });
});
