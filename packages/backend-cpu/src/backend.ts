/** The portable backend: plain typed arrays, one kernel per primitive. The reference that others are held to. */
import { type Backend, BackendError } from "@tapegrad/core";
import { describeValue } from "@tapegrad/core/internal";
import { hostBackend } from "./host.ts";
import { kernelTable } from "./kernels/kernels.ts";

/** The one instance: all tensors of this backend can meet. */
export const cpuBackend: Backend = hostBackend("cpu", () => ({ kernels: kernelTable }));

/** The portable typed-array backend: every dtype, no dependencies, no threads. */
export async function cpu(...given: readonly []): Promise<Backend> {
  const options: readonly unknown[] = given;
  if (options.length > 0)
    throw new BackendError("cpu", `there are no options: ${describeValue(options[0])}`, "call cpu()");
  return cpuBackend;
}
