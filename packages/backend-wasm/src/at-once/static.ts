/** All backend code, imported statically: for programs that run from sources. */
import { cpuBackend, kernelTable } from "@tapegrad/backend-cpu";
import { wasmBackend } from "../backend.ts";
import type { AtOnce } from "./at-once.ts";

/** The code that is here at once. */
export const atOnce: AtOnce = { kernels: kernelTable, cpu: () => cpuBackend, wasm: wasmBackend };
