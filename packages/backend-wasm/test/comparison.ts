/** Programs on the generated code against the reference backend. */

import { cpuBackend } from "@tapegrad/backend-cpu";
import { expectClose } from "@tapegrad/conformance";
import {
  type Backend,
  type DType,
  dtypeTable,
  type FloatDType,
  floatFormats,
  type Shape,
  sizeOf,
  type Tensor,
  type TypedArray,
  withBackend,
} from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import { seededUniforms } from "@tapegrad/ops/samples";
import { createBackend, wasmFeatures } from "../src/index.ts";

/** With and without fused multiply-add, as far as this machine has it. */
export const variants: readonly [string, Backend][] = [
  ...(wasmFeatures().relaxedSimd ? ([["with FMA", createBackend(true)]] as const) : []),
  ["without FMA", createBackend(false)] as const,
].map(([name, backend]) => [name, backend]);

export { cpuBackend };

export const floats: readonly FloatDType[] = ["float32", "float64"];

/** Uniform on [−1, 1). */
export function uniforms(shape: Shape, seed: number, dtype: FloatDType = "float32"): Tensor {
  const uniform = seededUniforms(seed);
  return fromHost(
    dtypeTable[dtype].array.from(Array.from({ length: sizeOf(shape) }, () => 2 * uniform() - 1)),
    shape,
    dtype,
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
 * Floats apart by at most `ulps` units in the last place of the largest of all results of their dtype, or of `scale` if that is
 * larger; NaN and infinities in the same places, everything else equal.
 */
export function expectWithinUlps(
  actual: readonly Result[],
  expected: readonly Result[],
  ulps: number,
  scale = 0,
): void {
  const allowed = (largest: number, dtype: DType | undefined) => {
    if (dtype !== "float32" && dtype !== "float64") return 0;
    const { digits, leastExponent } = floatFormats[dtype];
    return ulps * 2 ** (Math.max(Math.floor(Math.log2(Math.max(largest, scale))), leastExponent) - digits + 1);
  };
  expectClose(actual, expected, allowed, { relativeTo: "all" });
}
