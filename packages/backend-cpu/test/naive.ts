/** Arrays the slow way, by coordinates: what kernels are compared with. Shares nothing with the code under test. */
import type { DType, Shape, Tensor, TypedArray } from "@tapegrad/core";
import { fromHost, nearest } from "@tapegrad/core/internal";
import { seededUniforms } from "@tapegrad/ops/samples";
import fc from "fast-check";
import { expect } from "vitest";
import { cpuBackend } from "../src/index.ts";

/** Every coordinate of `shape`, in row-major order. */
export function coordinates(shape: Shape): number[][] {
  const [length, ...rest] = shape;
  if (length === undefined) return [[]];
  return Array.from({ length }, (_, i) => coordinates(rest).map((inner) => [i, ...inner])).flat();
}

/** The element of `x` at coordinates of a shape that it broadcasts to. */
export function elementAt(x: Tensor, at: readonly number[]): number {
  const own = at.slice(at.length - x.rank);
  const offset = x.shape.reduce((sum, length, axis) => sum * length + (length === 1 ? 0 : (own[axis] ?? NaN)), 0);
  const data = copies.get(x) ?? x.dataSync();
  copies.set(x, data);
  return data[offset] ?? Number.POSITIVE_INFINITY;
}

/** Reading copies; once per tensor is enough. */
const copies = new WeakMap<Tensor, TypedArray>();

/** Compares a result with a function of its coordinates, element by element, NaN and all. */
export function expectElements(result: Tensor, shape: Shape, element: (at: number[]) => number, within = 0): void {
  expect(result.shape).toEqual(shape);
  const data = result.dataSync();
  coordinates(shape).forEach((at, i) => {
    const [actual, wanted] = [data[i] ?? NaN, stored(element(at), result.dtype)];
    const close = Object.is(actual, wanted) || actual === wanted || Math.abs(actual - wanted) <= within;
    if (!close) expect.fail(`[${shape}] at [${at}] is ${actual}, not ${wanted}`);
  });
}

/** What a typed array makes of a number: int32 wraps, float32 rounds. */
function stored(value: number, dtype: DType): number {
  return dtype === "int32" ? value | 0 : nearest(value, dtype);
}

export const cpuTensor = (data: TypedArray, shape: Shape, dtype: DType): Tensor =>
  fromHost(data, shape, dtype, cpuBackend);

/** Small whole numbers, halves among them for floats, so that ties occur and sums are exact. */
export function filled(shape: Shape, dtype: DType, seed = 1): Tensor {
  const random = seededUniforms(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  const whole = () => Math.floor(random() * 9) - 4;
  const values = Array.from({ length: size }, () => (dtype === "bool" ? Number(random() < 0.5) : whole()));
  switch (dtype) {
    case "bool":
      return cpuTensor(Uint8Array.from(values), shape, dtype);
    case "int32":
      return cpuTensor(Int32Array.from(values), shape, dtype);
    case "float16":
    case "float32":
      return cpuTensor(
        Float32Array.from(values, (value) => value / 2),
        shape,
        dtype,
      );
    case "float64":
      return cpuTensor(
        Float64Array.from(values, (value) => value / 2),
        shape,
        dtype,
      );
  }
}

export const shapes: fc.Arbitrary<number[]> = fc.array(fc.nat(4), { maxLength: 4 });
export const anyDType: fc.Arbitrary<DType> = fc.constantFrom("bool", "int32", "float32", "float64");
export const numeric: fc.Arbitrary<DType> = fc.constantFrom("int32", "float32", "float64");

/** A shape and two that broadcast to it. */
export const broadcasts: fc.Arbitrary<{ shape: number[]; left: number[]; right: number[] }> = shapes.chain((shape) => {
  const operand = fc
    .tuple(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), fc.nat(shape.length))
    .map(([ones, dropped]) => shape.map((length, axis) => (ones[axis] ? 1 : length)).slice(dropped));
  return fc.record({ shape: fc.constant(shape), left: operand, right: operand });
});

/** Fixed, so that a failure is a failure for everyone; change it to look further. */
export const runs = { seed: 7, numRuns: 100 };
