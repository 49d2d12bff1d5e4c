/** The backends by name. The code of each is loaded only when somebody asks for it. */
import type { WasmBackend, WasmOptions } from "@tapegrad/backend-wasm";
import type { WebGPUOptions } from "@tapegrad/backend-webgpu";
import type { Backend } from "@tapegrad/core";
import { load } from "./load.ts";

/**
 * The portable typed-array backend: every dtype, no dependencies, no threads.
 * @throws BackendError where its code cannot be loaded.
 * @example
 * import { cpu, setBackend, tensor } from "tapegrad";
 * setBackend(await cpu());
 * console.log(tensor([1, 2]).backend.name); // → cpu
 */
export async function cpu(...given: readonly []): Promise<Backend> {
  const backend = await load.cpu();
  return backend.cpu(...given);
}

/**
 * The WebAssembly backend; always the same for the same number of threads, so that all its tensors can meet.
 * @throws UnsupportedError where no WebAssembly with SIMD may be compiled, ShapeError for a number of threads that is none,
 * BackendError when workers do not start, or where the backend's code cannot be loaded.
 * @example
 * import { setBackend, tensor, wasm } from "tapegrad";
 * const backend = await wasm({ threads: 2 }); // before anything is made
 * setBackend(backend);
 * console.log(tensor([1, 2]).backend.name, backend.threads); // → wasm 2
 */
export async function wasm(options: WasmOptions = {}): Promise<WasmBackend> {
  const backend = await load.wasm();
  return backend.wasm(options);
}

/**
 * The WebGPU backend, on the platform's device or on one that the application has. In Node it needs the npm package `webgpu`.
 * @throws BackendError where there is no WebGPU, or no adapter, or where the backend's code cannot be loaded.
 * @example
 * import { ones, setBackend, webgpu } from "tapegrad";
 * setBackend(await webgpu());
 * console.log(await ones([256, 256]).matmul(ones([256, 256])).mean().item()); // → 256
 */
export async function webgpu(options: WebGPUOptions = {}): Promise<Backend> {
  const backend = await load.webgpu();
  return backend.webgpu(options);
}
