/** The error of float32 sums hardly grows with their length, up to a million terms: PyTorch's is about 2e-6. */
import { compile } from "@tapegrad/autodiff";
import { type Backend, sizeOf, type Tensor, withBackend } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import * as ops from "@tapegrad/ops";
import { seededUniforms } from "@tapegrad/ops/samples";
import { beforeAll, describe, expect, test } from "vitest";
import { withoutAdapter } from "./adapter.ts";
import { asVariant, observed, type Variant } from "./variants.ts";

/** Positive, so that every rounding error goes with the sum. */
function positives(length: number): Float32Array {
  const uniform = seededUniforms(1);
  return Float32Array.from({ length }, () => 0.5 + uniform());
}

const total = (data: Float32Array) => data.reduce((sum, value) => sum + value, 0);
const square = (data: Float32Array) => data.reduce((sum, value) => sum + value * value, 0);
const tolerance = 4e-6;

type Case = readonly [shape: readonly number[], run: (x: Tensor) => Tensor, wanted: (data: Float32Array) => number];
const long = 2 ** 20;
const [row, rows, tile] = [
  [1, long],
  [4, long / 4],
  [32, long / 32],
] as const;

const cases: Readonly<Record<string, Case>> = {
  "the sum of all": [[long], (x) => ops.sum(x), total],
  "the mean along rows": [[4, long / 4], (x) => ops.mean(ops.mean(x, { axis: 1 })), (data) => total(data) / long],
  "the last running sum": [[long], (x) => ops.slice(ops.cumsum(x), [long - 1], [long]), total],
  "the logarithm of a sum": [[long], (x) => ops.exp(ops.logSumExp(ops.log(x))), total],
  "a vector times itself": [row, (x) => ops.matmul(x, ops.transpose(x)), square],
  "a product of a few rows": [rows, (x) => ops.sum(ops.mul(ops.matmul(x, ops.transpose(x)), ops.eye(4))), square],
  "a product by tiles": [tile, (x) => ops.sum(ops.mul(ops.matmul(x, ops.transpose(x)), ops.eye(32))), square],
};

describe.skipIf(withoutAdapter).each<Variant>(["software with subgroups", "hardware"])("on %s", (variant) => {
  let backend: Backend;
  beforeAll(async () => {
    ({ backend } = await observed((device) => asVariant(device, variant)));
  });

  test.each(Object.entries(cases))("%s", async (name, [shape, run, wanted]) => {
    const data = positives(sizeOf(shape));
    const x = fromHost(data, shape, "float32", backend);
    for (const [how, of] of Object.entries({ eager: run, compiled: compile(run) })) {
      const error = Math.abs(((await withBackend(backend, () => of(x)).data())[0] ?? 0) / wanted(data) - 1);
      console.log(`${name}, ${how} on ${variant}: ${error.toExponential(1)}`);
      expect(error, how).toBeLessThan(tolerance);
    }
  });
});
