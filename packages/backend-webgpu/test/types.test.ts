/// <reference types="@webgpu/types" />
/** The platform's own types fit where the backend expects its part of them; this is checked by compiling it. */
import { expect, test } from "vitest";
import type { Adapter, Device, Gpu } from "../src/device/gpu.ts";
import type { WebGPUOptions } from "../src/index.ts";

const fits = {
  gpu: (gpu: GPU): Gpu => gpu,
  adapter: (adapter: GPUAdapter): Adapter => adapter,
  device: (device: GPUDevice): Device => device,
  options: (device: GPUDevice): WebGPUOptions => ({ device }),
};

test("the platform's types fit", () => expect(Object.keys(fits)).toHaveLength(4));
