import { broadcastShapes, type FloatDType, type Shape, type Tensor } from "@tapegrad/core";
import { matmul } from "@tapegrad/ops";
import { seededUniforms } from "@tapegrad/ops/samples";
import fc from "fast-check";
import { describe, test } from "vitest";
import { broadcasts, cpuTensor, elementAt, expectElements, filled, runs } from "./naive.ts";

function random(shape: Shape, dtype: FloatDType, seed: number): Tensor {
  const next = seededUniforms(seed);
  const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * next() - 1);
  return cpuTensor(dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values), shape, dtype);
}

interface Transposes {
  readonly transposeLeft: boolean;
  readonly transposeRight: boolean;
}

/** Against the triple loop. Sums of at most `inner` products in [−1, 1], each rounded a few times. */
function expectProduct(a: Tensor, b: Tensor, { transposeLeft, transposeRight }: Transposes): void {
  const [rows, inner] = transposeLeft ? [a.shape.at(-1), a.shape.at(-2)] : [a.shape.at(-2), a.shape.at(-1)];
  const columns = b.shape.at(transposeRight ? -2 : -1);
  const batch = broadcastShapes("test", [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  const within = (a.dtype === "float32" ? 2 ** -23 : 2 ** -51) * Math.max(1, inner ?? 0);
  expectElements(
    matmul(a, b, { transposeLeft, transposeRight }),
    [...batch, rows ?? 0, columns ?? 0],
    (at) => {
      const [entry, [i = 0, j = 0]] = [at.slice(0, -2), at.slice(-2)];
      let total = 0;
      for (let k = 0; k < (inner ?? 0); k++) {
        const left = elementAt(a, [...entry, ...(transposeLeft ? [k, i] : [i, k])]);
        total += left * elementAt(b, [...entry, ...(transposeRight ? [j, k] : [k, j])]);
      }
      return total;
    },
    within,
  );
}

const transposes: readonly Transposes[] = [false, true].flatMap((transposeLeft) =>
  [false, true].map((transposeRight) => ({ transposeLeft, transposeRight })),
);

describe.each(["float32", "float64"] as const)("matmul in %s", (dtype) => {
  // Around the tile of 4, the switch to few rows, and the row block of 64.
  test.each([
    [1, 1, 1],
    [1, 7, 5],
    [3, 4, 4],
    [3, 2, 9],
    [4, 4, 4],
    [5, 3, 6],
    [4, 1, 13],
    [7, 9, 8],
    [13, 17, 11],
    [64, 5, 4],
    [65, 3, 5],
    [67, 8, 7],
    [2, 0, 3],
    [5, 0, 5],
    [0, 3, 2],
    [6, 3, 0],
  ])("%d × %d × %d, all transposes", (rows, inner, columns) => {
    for (const each of transposes) {
      const a = random(each.transposeLeft ? [inner, rows] : [rows, inner], dtype, 1);
      const b = random(each.transposeRight ? [columns, inner] : [inner, columns], dtype, 2);
      expectProduct(a, b, each);
    }
  });

  test("batches that broadcast", () => {
    const length = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(
        broadcasts,
        fc.tuple(length, length, length),
        fc.constantFrom(...transposes),
        ({ left, right }, [rows, inner, columns], each) => {
          const a = filled([...left, ...(each.transposeLeft ? [inner, rows] : [rows, inner])], dtype, 1);
          const b = filled([...right, ...(each.transposeRight ? [columns, inner] : [inner, columns])], dtype, 2);
          expectProduct(a, b, each);
        },
      ),
      runs,
    );
  });

  test("a later, smaller product is not disturbed by what an earlier one left behind", () => {
    expectProduct(random([70, 30], dtype, 1), random([30, 20], dtype, 2), {
      transposeLeft: false,
      transposeRight: false,
    });
    expectProduct(random([5, 3], dtype, 3), random([3, 5], dtype, 4), { transposeLeft: false, transposeRight: false });
  });

  test("NaN and infinities stay in their rows and columns", () => {
    for (const rows of [1, 5]) {
      const a = random([rows, 3], dtype, 1);
      const data = random([3, 5], dtype, 2).dataSync();
      data[4] = NaN;
      data[6] = Infinity;
      expectProduct(a, cpuTensor(data, [3, 5], dtype), { transposeLeft: false, transposeRight: false });
    }
  });
});
