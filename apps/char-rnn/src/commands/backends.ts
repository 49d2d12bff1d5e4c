/** The backends that `--backend` offers. */

import { CommandError } from "@tapegrad/command-line";
import { type Backend, cpu, currentBackend, setBackend, type WasmOptions, wasm, webgpu } from "tapegrad";

/** How many threads of WebAssembly. */
type Threads = WasmOptions["threads"];

const backends = new Map<string, (threads: Threads) => Promise<Backend>>([
  ["wasm", (threads) => wasm({ threads })],
  ["cpu", () => cpu()],
  ["webgpu", () => webgpu()],
]);

export const backendNames: readonly string[] = [...backends.keys()];

/** Makes `name` the backend of all that follows; without a name, the one that the library would choose. */
export async function useBackend(name = currentBackend().name, threads: Threads = 1): Promise<void> {
  const open = backends.get(name);
  if (open === undefined) return;
  try {
    setBackend(await open(threads));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`cannot use the backend ${name}: ${why}`, { cause });
  }
}
