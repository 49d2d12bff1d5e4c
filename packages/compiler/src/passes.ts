/** The passes in the order in which they run. `pass-notes.ts` says what each is there for. */
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

/** A row of the list: a pass, and the name by which traces and reports know it. */
export interface NamedPass {
  readonly name: string;
  readonly pass: Pass;
}

/** The list of passes: `optimize` runs them in this order. */
export const passes = [
  { name: "decomposeByRecord", pass: decomposeByRecord },
  { name: "inlineBatchedBranches", pass: inlineBatchedBranches },
  { name: "simplify", pass: simplify },
  { name: "mergeCommonSubexpressions", pass: mergeCommonSubexpressions },
  { name: "saveOrRecompute", pass: saveOrRecompute },
  { name: "pruneLoops", pass: pruneLoops },
  { name: "splitProducts", pass: splitProducts },
  { name: "hoistInvariants", pass: hoistInvariants },
  { name: "mergeProducts", pass: mergeProducts },
  { name: "hoistInvariants", pass: hoistInvariants },
  { name: "hoistProjections", pass: hoistProjections },
  { name: "sink", pass: sink },
  { name: "contractOverTime", pass: contractOverTime },
  { name: "simplify", pass: simplify },
  { name: "mergeCommonSubexpressions", pass: mergeCommonSubexpressions },
  { name: "readWholes", pass: readWholes },
  { name: "associate", pass: associate },
  { name: "associate", pass: associate },
  { name: "readRowsInside", pass: readRowsInside },
  { name: "assemble", pass: assemble },
  { name: "narrow", pass: narrow },
  { name: "simplify", pass: simplify },
  { name: "mergeCommonSubexpressions", pass: mergeCommonSubexpressions },
  { name: "sumAddedRows", pass: sumAddedRows },
  { name: "addInPlace", pass: addInPlace },
  { name: "sinkTransposes", pass: sinkTransposes },
  { name: "inlineCheckpoints", pass: inlineCheckpoints },
  { name: "pruneLoops", pass: pruneLoops },
] as const satisfies readonly NamedPass[];

/** The name of a pass of the list. */
export type PassName = (typeof passes)[number]["name"];
