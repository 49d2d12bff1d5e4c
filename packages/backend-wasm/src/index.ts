export { createBackend, type WasmFeatures, wasm, wasmBackend, wasmFeatures } from "./backend.ts";
