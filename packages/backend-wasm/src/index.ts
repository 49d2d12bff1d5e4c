export {
  createBackend,
  type WasmBackend,
  type WasmFeatures,
  type WasmOptions,
  wasm,
  wasmBackend,
  wasmFeatures,
} from "./backend.ts";
