/** The portable backend: plain typed arrays, one kernel per primitive. The reference that others are held to. */
import type { Backend } from "@tapegrad/core";
import { hostBackend } from "./host.ts";
import { kernelTable } from "./kernels.ts";

/** The one instance: all tensors of this backend can meet. */
export const cpuBackend: Backend = hostBackend("cpu", () => ({ kernels: kernelTable }));

/** The portable typed-array backend: every dtype, no dependencies, no threads. */
export async function cpu(): Promise<Backend> {
  return cpuBackend;
}
