export {
  createBackend,
  type WasmBackend,
  type WasmOptions,
  wasm,
  wasmBackend,
} from "./backend.ts";
export { type WasmFeatures, wasmFeatures } from "./features.ts";
export type { WorkerUrl } from "./threads/start-worker.ts";
