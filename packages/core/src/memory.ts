/** Freeing early, and knowing what is held. */
import { currentBackend, type MemoryOptions, type MemoryReport } from "./backend.ts";
import { UnsupportedError } from "./errors.ts";
import { type ObserverFrame, refusePromise, withFrame } from "./frames.ts";
import type { Tensor } from "./tensor.ts";
import { treeLeaves } from "./tree.ts";

/**
 * Runs `fn` and disposes of every tensor that was made inside, except those in the tree that it returns, values assigned to
 * Parameters, and what a tape saved. Never needed for correctness; it frees before the garbage collector would.
 */
export function scope<T>(fn: () => T): T {
  const made: Tensor[] = [];
  const frame: ObserverFrame = { kind: "observer", made: (tensor) => made.push(tensor) };
  const kept = new Set<unknown>();
  try {
    const result = withFrame(frame, () => refusePromise("scope", fn()));
    for (const leaf of treeLeaves(result)) kept.add(leaf);
    return result;
  } finally {
    for (const tensor of made) if (!kept.has(tensor) && !tensor.isRetained) tensor.dispose();
  }
}

/**
 * What the current backend holds. Counting starts with the first call, because it costs something: tensors made before are
 * not in it. What the garbage collector frees is noticed between two turns of the event loop, not within one. With `debug`,
 * tensors made from then on also say where.
 */
export function memory(options: MemoryOptions = {}): MemoryReport {
  const backend = currentBackend();
  if (backend.memory === undefined)
    throw new UnsupportedError("memory", `the ${backend.name} backend keeps no account`);
  return backend.memory(options);
}
