/**
 * Programs in float16. No adapter that tests can count on has it, so they run with float32 in its place, rounded where something
 * is written as float16. That the real shaders are valid is another file's test.
 */
import { compile } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { type Backend, tensor, UnsupportedError, withBackend } from "@tapegrad/core";
import { matmul, mul } from "@tapegrad/ops";
import { beforeAll, describe, expect, test } from "vitest";
import { bufferUsage, type Device } from "../src/device/gpu.ts";
import { webgpu } from "../src/index.ts";
import { requestDevice } from "../src/webgpu.ts";
import { withoutAdapter } from "./adapter.ts";
import { lossesOf } from "./small-training.ts";
import { replacing } from "./wrapped-device.ts";

/** Rounds as writing to float16 does. */
const rounding = `
fn half(x: f32) -> f32 { return unpack2x16float(pack2x16float(vec2<f32>(x, 0f))).x; }
fn halves(x: vec4<f32>) -> vec4<f32> { return vec4<f32>(half(x.x), half(x.y), half(x.z), half(x.w)); }`;

/** A device that says it had float16, and gets shaders without. Notes how many of them were changed. */
function emulating(device: Device): { device: Device; changed: () => number } {
  let changed = 0;
  const emulated = replacing(device, {
    features: { has: (name) => name === "shader-f16" || device.features.has(name) },
    adapterInfo: { isFallbackAdapter: false },
    createShaderModule({ code, label = "" }) {
      if (!code.includes("enable f16;")) return device.createShaderModule({ code, label });
      changed++;
      const text = code
        .replace("enable f16;", "")
        .replaceAll(/vec4<f16>\((?=\w+\)|bitcast)/g, "halves(")
        .replaceAll(/\bf16\(/g, "half(")
        .replaceAll("f16", "f32");
      return device.createShaderModule({ code: text + rounding, label });
    },
    // Elements are twice as large as planned.
    createBuffer: ({ size, usage, label }) =>
      device.createBuffer({ size: (usage & bufferUsage.storage) === 0 ? size : 2 * size, usage, label: label ?? "" }),
  });
  return { device: emulated, changed: () => changed };
}

test("is refused where the device lacks it", async () => {
  const device = { features: { has: () => false } };
  await expect(webgpu({ device: device as unknown as Device, float16: true })).rejects.toThrow(UnsupportedError); // Nothing else of it is looked at.
});

describe.skipIf(withoutAdapter)("Programs in float16", () => {
  let exact: Backend;
  let emulation: ReturnType<typeof emulating>;
  let backend: Backend;

  beforeAll(async () => {
    const device = await requestDevice();
    exact = await webgpu({ device });
    emulation = emulating(device);
    backend = await webgpu({ device: emulation.device, float16: true });
  });

  test("round what lies between inputs and outputs, and nothing else", async () => {
    const twice = compile((x: Parameters<typeof mul>[0]) => matmul(mul(x, 1 + 2 ** -12), mul(x, 1)));
    const run = (on: Backend) =>
      withBackend(on, () =>
        twice(
          tensor([
            [1, 0],
            [0, 3 + 2 ** -9],
          ]),
        ),
      ).data();
    const [rounded, plain] = [await run(backend), await run(exact)];
    expect(Array.from(plain)).not.toEqual(Array.from(rounded));
    expect(Array.from(rounded)).toEqual(
      [1, 0, 0, (3 + 2 ** -9) ** 2].map((value, i) => (i === 3 ? expect.closeTo(value, 1) : value)),
    );
    expect(emulation.changed()).toBeGreaterThan(0);
  });

  test("train as those in float32, about as well", async () => {
    const expected = await lossesOf(cpuBackend, 30);
    const actual = await lossesOf(backend, 30);
    const apart = Math.max(...actual.map((loss, i) => Math.abs(loss - (expected[i] ?? 0))));
    console.log(`LSTM with Adam, 30 steps in float16: losses within ${apart.toFixed(3)} nats of float32's`);
    expect(apart).toBeLessThan(0.2);
    expect(actual.at(-1)).toBeLessThan((actual[0] ?? 0) * 0.8);
  });
});
