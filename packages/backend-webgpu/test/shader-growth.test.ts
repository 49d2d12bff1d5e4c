/** Compiling a shader takes time in proportion to its length: no text has what compilers need exponential time for. */
import { compile } from "@tapegrad/autodiff";
import { type Tensor, withBackend } from "@tapegrad/core";
import * as all from "@tapegrad/ops";
import { compositeSamples, type Sample, samples } from "@tapegrad/ops/samples";
import { describe, expect, test } from "vitest";
import { webgpu } from "../src/index.ts";
import { requestDevice } from "../src/webgpu.ts";
import { backendUnderTest, withoutAdapter } from "./adapter.ts";
import { squares, trainingStep } from "./character-model.ts";
import { sampleFunction, sampleInputs } from "./results.ts";
import { asVariant } from "./variants.ts";
import { dry, noting } from "./wrapped-device.ts";

// One object, so that a test may choose from the public functions.
const ops = { ...all };

/** Functions that are more than an instruction. */
const unary = ["cos", "erf", "exp", "expm1", "log", "log1p", "relu", "sigmoid", "sign", "softplus", "tanh"] as const;

const chained: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  ...Object.fromEntries(unary.map((name) => [name, ops[name]])),
  maximum: (x) => ops.maximum(x, 0.25),
  pow: (x) => ops.pow(x, 0.75),
  less: (x) => ops.where(ops.less(x, 0.25), x, 0.5),
  softmax: (x) => ops.add(ops.softmax(x), ops.logSumExp(x)),
};

/** One loop of a Program takes up to 64 ops, of which a chain of 32 has as many. */
const lengthsOf = (name: string) => (["tanh", "log"].includes(name) ? [10, 20, 40, 60] : [8, 16, 32]);

/** Milliseconds of processor time, of all threads, which do not depend on what else the machine does. */
async function processorTime(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe.skipIf(withoutAdapter)("shaders", () => {
  test.each(Object.keys(chained))(
    "first calls take time in proportion to the length of a chain of %s",
    async (name) => {
      const of = chained[name] ?? ((x) => x);
      const firstCall = (length: number) =>
        processorTime(async () => {
          const run = (x: Tensor) => {
            let y = x;
            for (let i = 0; i < length; i++) y = ops.add(of(y), 0.01 * i);
            return y;
          };
          await withBackend(backendUnderTest(), () => compile(run)(ops.full([8], 0.5))).data();
        });
      await firstCall(2);
      const [shortest = 8, ...longer] = lengthsOf(name);
      let before = await firstCall(shortest);
      // Twice as long each, with room for passes that look at pairs. If every op doubled it, the longest would never end.
      for (const length of longer) {
        const time = await firstCall(length);
        expect(time, `${length} after ${before} ms`).toBeLessThan(5 * before + 200);
        before = time;
      }
    },
  );

  const isSupported = ({ inputs, makes = [] }: Sample) =>
    [...makes, ...inputs.map(({ dtype }) => dtype)].every((dtype) => dtype !== "float64");
  const allSamples = Object.values<readonly Sample[]>({ ...samples, ...compositeSamples })
    .flat()
    .filter(isSupported);

  test("have no branches of conditions", async () => {
    for (const variant of ["software with subgroups", "hardware"] as const) {
      const { device, shaders } = noting(dry(asVariant(await requestDevice(), variant)));
      const backend = await webgpu({ device });
      for (const sample of allSamples)
        withBackend(backend, () => {
          const run = sampleFunction(sample);
          run(...sampleInputs(sample, "float32"));
          compile(run)(...sampleInputs(sample, "float32"));
        });
      const model = { vocabulary: 32, embedded: 32, hidden: 128, layers: 2, dropout: 0.1 };
      for (const [batch, time] of [
        [32, 4],
        [1, 5],
      ] as const)
        withBackend(backend, () => trainingStep(model, true)(...squares(batch, time)(0)));
      expect(shaders.size).toBeGreaterThan(200);
      expect([...shaders].filter((text) => /&&|\|\|/.test(text))).toEqual([]);
    }
  });
});
