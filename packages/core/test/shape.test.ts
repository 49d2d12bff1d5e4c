import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  broadcastShapes,
  broadcastStrides,
  formatShape,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  ShapeError,
  sameShape,
  sizeOf,
  stridesOf,
} from "../src/index.ts";

const runs = { seed: 3, numRuns: 500 };
const shapes = fc.array(fc.nat(3), { maxLength: 4 });

/** NumPy's rule, read off its manual: trailing axes first, a missing one counts as 1; undefined when they do not fit. */
function naiveBroadcast(operands: readonly Shape[]): number[] | undefined {
  const result: number[] = [];
  for (let fromEnd = 1; fromEnd <= Math.max(0, ...operands.map((shape) => shape.length)); fromEnd++) {
    const lengths = new Set(operands.map((shape) => shape.at(-fromEnd) ?? 1).filter((length) => length !== 1));
    if (lengths.size > 1) return undefined;
    result.unshift([...lengths][0] ?? 1);
  }
  return result;
}

describe("broadcastShapes", () => {
  test("against the rule, for any number of shapes", () => {
    fc.assert(
      fc.property(fc.array(shapes, { maxLength: 3 }), (operands) => {
        const expected = naiveBroadcast(operands);
        if (expected === undefined) expect(() => broadcastShapes("op", operands)).toThrow(ShapeError);
        else expect(broadcastShapes("op", operands)).toEqual(expected);
      }),
      runs,
    );
  });

  test.each([
    [[], [2, 3], [2, 3]],
    [[3], [2, 3], [2, 3]],
    [
      [2, 1],
      [1, 3],
      [2, 3],
    ],
    [[1], [0], [0]],
    [
      [0, 3],
      [1, 3],
      [0, 3],
    ],
  ])("%j and %j give %j", (a, b, expected) => {
    expect(broadcastShapes("op", [a, b])).toEqual(expected);
    expect(broadcastShapes("op", [b, a])).toEqual(expected);
  });

  test("strides are 0 along what is repeated", () => {
    expect(broadcastStrides([3, 1], [2, 3, 4])).toEqual([0, 1, 0]);
    expect(broadcastStrides([], [2])).toEqual([0]);
    expect(broadcastStrides([2, 3], [2, 3])).toEqual([3, 1]);
  });
});

test("strides say how far apart neighbours are in row-major order", () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const strides = stridesOf(shape);
      expect(strides).toEqual(shape.map((_, axis) => sizeOf(shape.slice(axis + 1))));
    }),
    runs,
  );
});

describe("axes", () => {
  test("count from the end when negative", () => {
    expect([-3, -1, 0, 2].map((axis) => normalizeAxis("op", axis, [4, 5, 6]))).toEqual([0, 2, 0, 2]);
  });

  test("come sorted; all of them by default, none when none are named", () => {
    expect(normalizeAxes("op", undefined, [4, 5])).toEqual([0, 1]);
    expect(normalizeAxes("op", [], [4, 5])).toEqual([]);
    expect(normalizeAxes("op", [-1, 0], [4, 5, 6])).toEqual([0, 2]);
    expect(normalizeAxes("op", 1, [4, 5])).toEqual([1]);
  });

  test("outside the rank are refused", () => {
    for (const axis of [2, -3, 0.5, NaN]) expect(() => normalizeAxis("op", axis, [4, 5])).toThrow(ShapeError);
  });
});

test("shapes compare by length and print in brackets", () => {
  expect(sameShape([2, 3], [2, 3])).toBe(true);
  expect(sameShape([2, 3], [2])).toBe(false);
  expect(sameShape([2], [3])).toBe(false);
  expect([formatShape([]), formatShape([2, 3])]).toEqual(["[]", "[2,3]"]);
  expect([sizeOf([]), sizeOf([2, 3]), sizeOf([2, 0])]).toEqual([1, 6, 0]);
});
