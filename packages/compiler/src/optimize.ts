/** The passes in their order. Values stay what they were, up to the rounding of sums in another order. */
import type { Program } from "@tapegrad/core";
import { addInPlace } from "./add-in-place.ts";
import { assemble } from "./assemble.ts";
import { associate } from "./associate.ts";
import { mergeCommonSubexpressions } from "./common-subexpressions.ts";
import { contractOverTime } from "./contract-over-time.ts";
import { decomposeByRecord } from "./decompose.ts";
import { hoistInvariants, hoistProjections } from "./hoist.ts";
import { inlineBatchedBranches } from "./inline-batched-branches.ts";
import { inlineCheckpoints } from "./inline-checkpoints.ts";
import { mergeProducts } from "./merge-products.ts";
import { narrow } from "./narrow.ts";
import { pruneLoops } from "./prune-loops.ts";
import { readRowsInside } from "./read-rows-inside.ts";
import { readWholes } from "./read-wholes.ts";
import type { Pass } from "./rewrite.ts";
import { saveOrRecompute } from "./save-or-recompute.ts";
import { simplify } from "./simplify.ts";
import { sink } from "./sink.ts";
import { sinkTransposes } from "./sink-transposes.ts";
import { splitProducts } from "./split-products.ts";
import { sumAddedRows } from "./sum-added-rows.ts";

const passes: readonly Pass[] = [
  decomposeByRecord,
  inlineBatchedBranches,
  simplify,
  mergeCommonSubexpressions,
  pruneLoops,
  saveOrRecompute,
  pruneLoops,
  splitProducts,
  mergeCommonSubexpressions,
  hoistInvariants,
  mergeProducts,
  hoistInvariants,
  hoistProjections,
  sink,
  contractOverTime,
  simplify,
  mergeCommonSubexpressions,
  readWholes,
  // Twice: the first moves indices to where the second finds them.
  associate,
  associate,
  readRowsInside,
  assemble,
  narrow,
  simplify,
  mergeCommonSubexpressions,
  sumAddedRows,
  addInPlace,
  sinkTransposes,
  // From here on, no pass may move values over a checkpoint's border or merge them with others.
  inlineCheckpoints,
  pruneLoops,
];

export interface OptimizeOptions {
  /** Passes that do not pay on a backend. */
  readonly without?: readonly Pass[] | undefined;
  /** Sees what each pass was given and what it made of it. */
  readonly observe?: ((pass: Pass, before: Program, after: Program) => void) | undefined;
}

/** All passes in their order: the same values, up to the rounding of sums in another order. */
export function optimize(program: Program, { without = [], observe }: OptimizeOptions = {}): Program {
  return passes
    .filter((pass) => !without.includes(pass))
    .reduce((before, pass) => {
      const after = pass(before);
      observe?.(pass, before, after);
      return after;
    }, program);
}
