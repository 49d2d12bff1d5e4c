/** Everything, imported: where the program runs from sources. */
import { cpuBackend, kernelTable } from "@tapegrad/backend-cpu";
import { wasmBackend } from "../backend.ts";
import type { AtOnce } from "./at-once.ts";

export const atOnce: AtOnce = { kernels: kernelTable, cpu: () => cpuBackend, wasm: wasmBackend };
