/** The backends that `--backend` offers. */

import { CommandError } from "@tapegrad/command-line";
import { type Backend, cpu, setBackend, wasm, webgpu } from "tapegrad";

const backends: ReadonlyMap<string, () => Promise<Backend>> = new Map([
  ["wasm", () => wasm()],
  ["cpu", cpu],
  ["webgpu", () => webgpu()],
]);

export const backendNames: readonly string[] = [...backends.keys()];

/** Makes `name` the backend of all that follows; without a name, what the library chose stays. */
export async function useBackend(name: string | undefined): Promise<void> {
  const open = name === undefined ? undefined : backends.get(name);
  if (open === undefined) return;
  try {
    setBackend(await open());
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`cannot use the backend ${name}: ${why}`, { cause });
  }
}
