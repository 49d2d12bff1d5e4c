/** A memory for several threads, which must say how far it can grow. */
import { BackendError } from "@tapegrad/core";

/** In pages of 64 KiB: 4 GiB, the most there is, or what a platform gives that has less room for addresses. */
const maxima = [65536, 32768, 16384, 4096];

export interface SharedMemory {
  readonly memory: WebAssembly.Memory;
  /** Pages that it can grow to. */
  readonly maximum: number;
}

/** @throws BackendError when there is no room for the smallest. */
export function sharedMemory(): SharedMemory {
  const causes: unknown[] = [];
  for (const maximum of maxima) {
    try {
      return { memory: new WebAssembly.Memory({ initial: 2, maximum, shared: true }), maximum };
    } catch (error) {
      causes.push(error);
    }
  }
  throw new BackendError("wasm", "the platform has no room for shared memory", "ask for one thread", {
    cause: causes.at(-1),
  });
}
