/** Sizes at which kernels go other ways, against the reference backend. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { type Backend, type Shape, sizeOf, type Tensor, type TypedArray, withBackend } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import * as ops from "@tapegrad/ops";
import { seededUniforms } from "@tapegrad/ops/samples";
import { beforeAll, describe, expect, test } from "vitest";
import { webgpu } from "../src/index.ts";
import { requestDevice } from "../src/webgpu.ts";
import { backendUnderTest, withoutAdapter } from "./adapter.ts";
import { pagedDevice } from "./paged-device.ts";
import { asVariant } from "./variants.ts";

type Build = (backend: Backend) => Tensor;

function floats(shape: Shape, seed: number): Build {
  const random = seededUniforms(seed);
  const data = Float32Array.from({ length: sizeOf(shape) }, () => 2 * random() - 1);
  return (backend) => fromHost(data, shape, "float32", backend);
}

/** Some of them out of range. */
function positions(shape: Shape, below: number, seed: number): Build {
  const random = seededUniforms(seed);
  const data = Int32Array.from({ length: sizeOf(shape) }, () => Math.floor(random() * (below + 4)) - 2);
  return (backend) => fromHost(data, shape, "int32", backend);
}

async function both(
  backend: Backend,
  build: readonly Build[],
  run: (...x: Tensor[]) => Tensor,
): Promise<[TypedArray, TypedArray]> {
  const on = (backend: Backend) => withBackend(backend, () => run(...build.map((make) => make(backend))));
  const result = on(backend);
  const expected = on(cpuBackend);
  expect(result.shape).toEqual(expected.shape);
  expect(result.dtype).toBe(expected.dtype);
  return [await result.data(), await expected.data()];
}

/** The largest difference, NaN in the same places. */
function distance(actual: TypedArray, expected: TypedArray): number {
  expect(actual.length).toBe(expected.length);
  let largest = 0;
  for (let i = 0; i < actual.length; i++) {
    const [a = 0, b = 0] = [actual[i], expected[i]];
    if (Object.is(a, b) || a === b) continue;
    const difference = Math.abs(a - b);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return largest;
}

/** Few of them can be bound, so that every way to split a kernel is gone. */
async function inPages(): Promise<Backend> {
  const { device } = await pagedDevice(2 ** 16, 8);
  return webgpu({ device });
}

/** Workgroups join what their invocations find, and matrices are multiplied by tiles. */
async function asOnHardware(): Promise<Backend> {
  return webgpu({ device: asVariant(await requestDevice(), "hardware") });
}

const places: [string, () => Promise<Backend>][] = [
  ["in one buffer each", async () => backendUnderTest()],
  ["divided as for hardware", asOnHardware],
  ["in pages of 64 KiB", inPages],
];

describe.skipIf(withoutAdapter).each(places)("large operands %s on WebGPU", (_, backendOf) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await backendOf();
  });

  test.each<[string, readonly Build[], (...x: Tensor[]) => Tensor, number]>([
    ["add, more elements than workgroups", [floats([5_000_000], 1), floats([5_000_000], 2)], ops.add, 0],
    ["add, broadcast over three axes", [floats([40, 1, 33], 1), floats([50, 1], 2)], ops.add, 0],
    ["transpose", [floats([300, 41, 7], 1)], (x) => ops.transpose(x, [2, 0, 1]), 0],
    ["sum of everything", [floats([1_000_003], 1)], (x) => ops.sum(x), 1e-4],
    ["sum of few long rows", [floats([3, 40_000], 1)], (x) => ops.sum(x, { axis: 1 }), 1e-5],
    ["sum of few long columns", [floats([40_000, 3], 1)], (x) => ops.sum(x, { axis: 0 }), 1e-5],
    ["sum of many columns", [floats([300, 2000], 1)], (x) => ops.sum(x, { axis: 0 }), 1e-5],
    ["sum over outer and inner", [floats([30, 20, 50], 1)], (x) => ops.sum(x, { axis: [0, 2] }), 1e-5],
    ["max of everything", [floats([100_000], 1)], (x) => ops.max(x), 0],
    ["min of rows", [floats([7, 1000], 1)], (x) => ops.min(x, { axis: 1 }), 0],
    ["argmax of everything", [floats([100_000], 1)], (x) => ops.argmax(x), 0],
    ["argmin of columns", [floats([1000, 7], 1)], (x) => ops.argmin(x, { axis: 0 }), 0],
    ["logSumExp of everything", [floats([100_000], 1)], (x) => ops.logSumExp(x), 4e-6],
    ["logSumExp of rows", [floats([50, 300], 1)], (x) => ops.logSumExp(x, { axis: 1 }), 4e-6],
    ["cumsum of one line", [floats([10_001], 1)], (x) => ops.cumsum(x), 1e-5],
    ["cumsum of few lines, reverse", [floats([3, 700, 5], 1)], (x) => ops.cumsum(x, { axis: 1, reverse: true }), 1e-5],
    ["cumsum of many lines", [floats([200, 70, 9], 1)], (x) => ops.cumsum(x, { axis: 1 }), 1e-5],
    ["matmul by tiles of 64", [floats([130, 200], 1), floats([200, 97], 2)], (a, b) => ops.matmul(a, b), 1e-4],
    ["matmul by tiles of 32", [floats([33, 77], 1), floats([77, 65], 2)], (a, b) => ops.matmul(a, b), 1e-4],
    [
      "matmul by tiles, transposed, batches broadcast",
      [floats([3, 1, 70, 40], 1), floats([2, 50, 70], 2)],
      (a, b) => ops.matmul(a, b, { transposeLeft: true, transposeRight: true }),
      1e-4,
    ],
    ["vector × matrix", [floats([1, 500], 1), floats([500, 300], 2)], (a, b) => ops.matmul(a, b), 1e-4],
    ["matrix × vector", [floats([300, 500], 1), floats([500, 1], 2)], (a, b) => ops.matmul(a, b), 1e-4],
    ["argsort by counting", [floats([4, 1000, 3], 1)], (x) => ops.argsort(x, { axis: 1 }), 0],
    ["argsort by a network", [floats([2, 3000, 2], 1)], (x) => ops.argsort(x, { axis: 1 }), 0],
    [
      "a stable order of many equals, descending",
      [positions([5000], 20, 3)],
      (x) => ops.argsort(x, { descending: true }),
      0,
    ],
    ["take", [floats([100, 70], 1), positions([2000], 100, 2)], (x, at) => ops.take(x, at), 0],
    [
      "indexAdd, sorted",
      [floats([100, 70], 1), positions([2000], 100, 2), floats([2000, 70], 3)],
      (x, at, updates) => ops.indexAdd(x, at, updates),
      1e-5,
    ],
    [
      "indexAdd, counted",
      [floats([100, 70], 1), positions([200], 100, 2), floats([200, 70], 3)],
      (x, at, updates) => ops.indexAdd(x, at, updates),
      1e-5,
    ],
    [
      "scatterAdd, sorted",
      [floats([3, 50, 20], 1), positions([3, 600, 20], 50, 2), floats([3, 600, 20], 3)],
      (x, at, updates) => ops.scatterAdd(ops.cast(x, "float32"), at, updates, { axis: 1 }),
      1e-5,
    ],
    [
      "concat of more tensors than can be bound",
      [floats([5, 3], 1)],
      (x) => ops.concat(new Array<Tensor>(40).fill(x)),
      0,
    ],
    ["random bits", [], () => new ops.Generator(7).uniform([70_001]), 0],
    ["arange of fractions", [], () => ops.arange(0, 3000, 0.1), 3e-4],
  ])("%s", async (_, build, run, allowed) => {
    const [actual, expected] = await both(backend, build, run);
    expect(distance(actual, expected)).toBeLessThanOrEqual(allowed);
  });

  test("NaN and infinities survive", async () => {
    const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
    const withAt = (value: number, at: number, length: number): Build => {
      const data = new Float32Array(length).fill(1);
      data[at] = value;
      return (backend) => fromHost(data, [length], "float32", backend);
    };
    const special: Build = (backend) =>
      fromHost(Float32Array.from([nan, -0, 0, inf, -inf, nan, -1, 0]), [8], "float32", backend);
    const cases: [Build, (x: Tensor) => Tensor][] = [];
    for (const value of [inf, -inf, nan]) {
      for (const length of [40, 5000, 50_000]) {
        const x = withAt(value, length >> 1, length);
        for (const run of [ops.sum, ops.max, ops.min, ops.logSumExp, ops.argmax, ops.argmin, ops.cumsum])
          cases.push([x, (t) => run(t)]);
      }
      const matrix = withAt(value, 77, 1600);
      cases.push([matrix, (t) => ops.matmul(ops.reshape(t, [40, 40]), ops.reshape(t, [40, 40]))]);
    }
    for (const descending of [false, true]) cases.push([special, (t) => ops.argsort(t, { descending })]);
    for (const [x, run] of cases) {
      const [actual, expected] = await both(backend, [x], (t) => run(t));
      expect(distance(actual, expected)).toBeLessThan(0.02);
    }
  });

  test("adding by index gives the same bits every time", async () => {
    const [x, at, updates] = [floats([10], 1), positions([5000], 10, 2), floats([5000], 3)];
    const once = () => ops.indexAdd(x(backend), at(backend), updates(backend)).data();
    expect(await once()).toEqual(await once());
  });
});
