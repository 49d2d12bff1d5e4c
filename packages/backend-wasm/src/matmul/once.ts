/** Makes equal functions of a module once: the key contains everything on which the code depends. */
import type { FunctionRef, ModuleBuilder, ResultType, ValueType } from "../assembler/index.ts";

const made = new WeakMap<ModuleBuilder, Map<string, unknown>>();

export function once<P extends readonly ValueType[], R extends ResultType>(
  module: ModuleBuilder,
  key: string,
  make: () => FunctionRef<P, R>,
): FunctionRef<P, R> {
  const known = made.get(module) ?? new Map<string, unknown>();
  made.set(module, known);
  const found = known.get(key);
  // The one unchecked cast: a key begins with the word of its maker, which always makes functions of one type.
  if (found !== undefined) return found as FunctionRef<P, R>;
  const reference = make();
  known.set(key, reference);
  return reference;
}
