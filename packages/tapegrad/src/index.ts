/**
 * Everything in one import. Tensors are made on the best synchronous backend without asking, and ops are also methods.
 */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { wasmBackend, wasmFeatures } from "@tapegrad/backend-wasm";
import { setBackend } from "@tapegrad/core";
import "./methods.ts";

setBackend(wasmFeatures().simd ? wasmBackend() : cpuBackend);

export * from "@tapegrad/autodiff";
export { cpu } from "@tapegrad/backend-cpu";
export { wasm } from "@tapegrad/backend-wasm";
export * from "@tapegrad/core";
export * from "@tapegrad/data";
export * from "@tapegrad/nn";
export * from "@tapegrad/ops";
export * from "@tapegrad/optim";
export {
  decodeTensors,
  encodeTensors,
  fromKeras,
  openTensors,
  toEntries,
  toKeras,
  toTensors,
} from "@tapegrad/safetensors";
export { webgpu } from "./webgpu.ts";
