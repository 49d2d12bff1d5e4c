/** The portable backend: plain typed arrays, one kernel per primitive. The reference that others are held to. */
import type { Backend } from "@tapegrad/core";
import { HostBackend } from "./host-backend.ts";

/** The one instance: all tensors of this backend can meet. */
export const cpuBackend: Backend = new HostBackend("cpu");

/** The portable typed-array backend: every dtype, no dependencies, no threads. */
export async function cpu(): Promise<Backend> {
  return cpuBackend;
}
