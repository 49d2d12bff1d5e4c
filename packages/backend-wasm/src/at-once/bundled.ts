/**
 * In a bundle for Node, and where a test runner keeps modules of its own, nothing can be loaded without waiting: the portable
 * kernels come along, and serve reads that cannot wait.
 */
import { cpuBackend, kernelTable } from "@tapegrad/backend-cpu";
import type { AtOnce } from "./at-once.ts";
import { atOnce as required } from "./node.ts";

/** The code that is here at once. */
export const atOnce: AtOnce = { ...required, kernels: kernelTable, cpu: () => cpuBackend };
