/** The platform's own types, as Dawn's package has them, fit where the backend expects its part of them: it compiles. */
import { expect, test } from "vitest";
import type { create } from "webgpu";
import type { Adapter, Device, Gpu } from "../src/device/gpu.ts";
import type { WebGPUOptions } from "../src/index.ts";

type PlatformGpu = ReturnType<typeof create>;
type PlatformAdapter = NonNullable<Awaited<ReturnType<PlatformGpu["requestAdapter"]>>>;
type PlatformDevice = Awaited<ReturnType<PlatformAdapter["requestDevice"]>>;

const fits = {
  gpu: (gpu: PlatformGpu): Gpu => gpu,
  adapter: (adapter: PlatformAdapter): Adapter => adapter,
  device: (device: PlatformDevice): Device => device,
  options: (device: PlatformDevice): WebGPUOptions => ({ device }),
};

test("the platform's types fit", () => expect(Object.keys(fits)).toHaveLength(4));
