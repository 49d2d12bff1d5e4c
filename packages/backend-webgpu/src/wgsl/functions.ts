/** The library of WGSL functions that kernels call, each with what it calls itself. */
import { bits } from "./bits.ts";
import { errorFunction } from "./error-function.ts";
import { exponentials } from "./exponential.ts";
import { logarithms } from "./logarithm.ts";
import { partialResults } from "./partial-results.ts";
import { power } from "./power.ts";
import { threefry } from "./threefry.ts";
import { trigonometric } from "./trigonometric.ts";

const library = {
  ...bits,
  ...exponentials,
  ...logarithms,
  ...errorFunction,
  ...trigonometric,
  ...power,
  ...threefry,
  ...partialResults,
} satisfies Record<string, LibraryFunction>;

export interface LibraryFunction {
  readonly calls?: readonly string[];
  readonly text: string;
}

export type FunctionName = keyof typeof library;

const byName = new Map<string, LibraryFunction>(Object.entries(library));

/** The declarations of `names` and of all that they call, each once, callees first. */
export function functionsFor(names: Iterable<string>): string[] {
  const declared = new Map<string, string>();
  const declare = (name: string): void => {
    if (declared.has(name)) return;
    const made = byName.get(name);
    if (made === undefined) throw new Error(`internal: no WGSL function is called ${name}`);
    for (const callee of made.calls ?? []) declare(callee);
    declared.set(name, made.text.trim());
  };
  for (const name of names) declare(name);
  return [...declared.values()];
}
