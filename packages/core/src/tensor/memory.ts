/** Frees tensors early (`scope`, `dispose`) and counts live ones (`memory`). */

import { currentBackend, type MemoryOptions } from "../dispatch/backend.ts";
import { type ObserverFrame, refusePromise, withFrame } from "../dispatch/frames.ts";
import { callerOrigin } from "../dispatch/origin.ts";
import { checkBoolean, optionsOf } from "../errors/arguments.ts";
import { UnsupportedError } from "../errors/errors.ts";
import { isMap, isSet } from "./host-array.ts";
import { Ledger, type MemoryReport } from "./ledger.ts";
import { isRetained, Tensor } from "./tensor.ts";

/**
 * Runs `fn` and disposes of every tensor that was made inside, except those in what it returns (a tree, or an object that has
 * tensors in its fields), values assigned to Parameters, what a tape saved, and what compiled functions captured. Never needed
 * for correctness; it frees before the garbage collector would. Nothing is freed while something is being recorded.
 * @example
 * import { arange, scope } from "tapegrad";
 * const total = scope(() => {
 *   const squares = arange(1000).square(); // freed at the end
 *   return squares.sum();
 * });
 * console.log(total); // → Tensor(int32 []) 332833500
 */
export function scope<T>(fn: () => T): T {
  const made: Tensor[] = [];
  const frame: ObserverFrame = { kind: "observer", made: (tensor) => made.push(tensor) };
  const kept = new Set<unknown>();
  try {
    const result = withFrame(frame, () => refusePromise("scope", fn()));
    collect(result, kept);
    return result;
  } finally {
    for (const tensor of made) if (!kept.has(tensor) && !isRetained(tensor)) tensor.dispose();
  }
}

/** Adds `value` and all objects that can be reached from it to `found`. */
function collect(value: unknown, found: Set<unknown>): void {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || found.has(value)) return;
  found.add(value);
  if (value instanceof Tensor) return;
  const parts = isMap(value) || isSet(value) ? value.values() : Object.values(value);
  for (const part of parts) collect(part, found);
}

/**
 * What the current backend holds. Counting starts with the first call, because it costs something: tensors made before are
 * not in it. What the garbage collector frees is noticed between two turns of the event loop, not within one. With `debug`,
 * tensors made from then on also say where.
 * @pytorch torch.cuda.memory_allocated
 * @example
 * import { memory, ones } from "tapegrad";
 * memory(); // counting begins
 * const x = ones([1000]);
 * console.log(memory().bytes); // 1000 numbers of 4 bytes
 * // → 4000
 */
export function memory(options: MemoryOptions = {}): MemoryReport {
  const backend = currentBackend();
  if (backend.memory === undefined)
    throw new UnsupportedError("memory", `the ${backend.name} backend keeps no account`);
  const { debug = false } = optionsOf("memory", options, { debug: checkBoolean });
  return backend.memory(debug ? callerOrigin : undefined, () => new Ledger());
}
