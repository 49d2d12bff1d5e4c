/** The WebGPU backend, whose code is loaded only when somebody asks for it. */
import type { WebGPUOptions } from "@tapegrad/backend-webgpu";
import type { Backend } from "@tapegrad/core";

/**
 * The WebGPU backend, on the platform's device or on one that the application has. In Node it needs the npm package `webgpu`.
 * @throws BackendError where there is no WebGPU, or no adapter.
 */
export async function webgpu(options: WebGPUOptions = {}): Promise<Backend> {
  const backend = await import("@tapegrad/backend-webgpu");
  return backend.webgpu(options);
}
