/** Runs all passes in their order. Values are kept, except for rounding where sums change their order. */
import type { Program } from "@tapegrad/core";
import { type NamedPass, passes } from "./passes.ts";
import type { Pass } from "./rewrite/rewrite.ts";

/** Options of `optimize`. */
export interface OptimizeOptions {
  /** Passes that do not pay on a backend. */
  readonly without?: readonly Pass[] | undefined;
  /** Sees what each pass was given and what it made of it. */
  readonly observe?: ((row: NamedPass, before: Program, after: Program) => void) | undefined;
}

/** All passes in their order: the same values, up to the rounding of sums in another order. */
export function optimize(program: Program, { without = [], observe }: OptimizeOptions = {}): Program {
  return passes
    .filter(({ pass }) => !without.includes(pass))
    .reduce((before, row) => {
      const after = row.pass(before);
      observe?.(row, before, after);
      return after;
    }, program);
}
