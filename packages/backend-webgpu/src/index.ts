export type { Device } from "./device/gpu.ts";
export { type WebGPUOptions, webgpu } from "./webgpu.ts";
