/**
 * In a bundle for Node, or in a test runner with modules of its own, nothing can be loaded without waiting. So the portable
 * kernels are included, and serve reads that cannot wait.
 */
import { cpuBackend, kernelTable } from "@tapegrad/backend-cpu";
import type { AtOnce } from "./at-once.ts";
import { atOnce as required } from "./node.ts";

/** The code that is here at once. */
export const atOnce: AtOnce = { ...required, kernels: kernelTable, cpu: () => cpuBackend };
