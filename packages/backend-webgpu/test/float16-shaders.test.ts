/**
 * The shaders of Programs in float16 are valid: Dawn's own compiler says so, for an adapter that has every feature and runs
 * nothing. In a file of its own, because a process can have one Dawn only.
 */
import { compile } from "@tapegrad/autodiff";
import { functionOf, inputsOf, recipes } from "@tapegrad/conformance/random-programs";
import { type Tensor, withBackend } from "@tapegrad/core";
import { full, matmul } from "@tapegrad/ops";
import fc from "fast-check";
import { expect, test } from "vitest";
import { create } from "webgpu";
import type { Gpu } from "../src/device/gpu.ts";
import { webgpu } from "../src/index.ts";
import { lossesOf } from "./small-training.ts";
import { replacing } from "./wrapped-device.ts";

const kinds = { gradient: true, depth: 1, lengths: [1, 2, 3, 4, 8] };

const gpu: Gpu = create(["backend=null"]);

test("shaders in float16 are valid WGSL", async () => {
  const adapter = await gpu.requestAdapter();
  const device = await adapter?.requestDevice({ requiredFeatures: ["shader-f16"] });
  if (device === undefined) throw new Error("Dawn has no adapter that runs nothing");
  let halves = 0;
  const noting = replacing(device, {
    createShaderModule(descriptor) {
      halves += Number(descriptor.code.includes("enable f16;"));
      return device.createShaderModule(descriptor);
    },
  });
  const backend = await webgpu({ device: noting, float16: true });
  await fc.assert(
    fc.asyncProperty(recipes(kinds), async (recipe) => {
      withBackend(backend, () => compile(functionOf(recipe))(inputsOf(recipe, "float32")));
      await backend.synchronize();
    }),
    { numRuns: 100 },
  );
  // A product of inputs that is an output: nothing of it lies in float16, and yet it is computed so.
  for (const side of [5, 8]) {
    const x = withBackend(backend, () => full([side, side], 1));
    compile((y: Tensor) => matmul(y, y))(x);
  }
  await backend.synchronize();
  await lossesOf(backend, 1);
  await backend.synchronize();
  expect(halves).toBeGreaterThan(40);
});
