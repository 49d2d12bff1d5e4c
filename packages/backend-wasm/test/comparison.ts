/** Programs on the generated code against the reference backend. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { type Backend, fromHost, type Shape, sizeOf, type Tensor, type TypedArray, withBackend } from "@tapegrad/core";
import { seededUniforms } from "@tapegrad/ops/samples";
import { expect } from "vitest";
import { createBackend, wasmFeatures } from "../src/index.ts";

/** With and without fused multiply-add, as far as this machine has it. */
export const variants: readonly [string, Backend][] = [
  ...(wasmFeatures().relaxedSimd ? ([["with FMA", createBackend(true)]] as const) : []),
  ["without FMA", createBackend(false)] as const,
].map(([name, backend]) => [name, backend]);

export { cpuBackend };

/** Uniform on [−1, 1). */
export function uniforms(shape: Shape, seed: number): Tensor {
  const uniform = seededUniforms(seed);
  return fromHost(
    Float32Array.from({ length: sizeOf(shape) }, () => 2 * uniform() - 1),
    shape,
    "float32",
  );
}

export interface Result {
  readonly dtype: string;
  readonly shape: Shape;
  readonly data: TypedArray;
}

export function read(tensors: readonly Tensor[]): Result[] {
  return tensors.map((tensor) => ({ dtype: tensor.dtype, shape: tensor.shape, data: tensor.dataSync() }));
}

/** The results of `fn` where its tensors are made on `backend`. */
export function on<T>(backend: Backend, fn: () => T): T {
  return withBackend(backend, fn);
}

/**
 * Floats apart by at most `ulps` units in the last place of the largest of all results, NaN and infinities in the same places,
 * everything else equal.
 */
export function expectClose(actual: readonly Result[], expected: readonly Result[], ulps: number): void {
  expect(actual.map(({ dtype, shape }) => `${dtype} [${shape}]`)).toEqual(
    expected.map(({ dtype, shape }) => `${dtype} [${shape}]`),
  );
  const values = expected.filter(({ dtype }) => dtype === "float32").flatMap(({ data }) => Array.from(data));
  const largest = values.reduce((a, b) => (Number.isFinite(b) ? Math.max(a, Math.abs(b)) : a), 0);
  const allowed = ulps * 2 ** (Math.max(Math.floor(Math.log2(largest)), -126) - 23);
  for (const [i, { dtype, data }] of actual.entries()) {
    const wanted = expected[i]?.data ?? [];
    const tolerance = dtype === "float32" ? allowed : 0;
    const off = data.findIndex((value, k) => {
      const other = wanted[k] ?? Number.NaN;
      return !Object.is(value, other) && value !== other && !(Math.abs(value - other) <= tolerance);
    });
    const message = `result ${i}: ${data[off]} instead of ${wanted[off]} at ${off}, ${tolerance} allowed`;
    expect(off, message).toBe(-1);
  }
}
