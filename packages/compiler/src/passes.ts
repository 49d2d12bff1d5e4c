/** The passes in the order in which they run. `pass-notes.ts` gives the reason for each. */
import { addInPlace } from "./laws/add-in-place.ts";
import { concatenatePads } from "./laws/concatenate-pads.ts";
import { decomposeByRecord } from "./laws/decompose.ts";
import { inlineCheckpoints } from "./laws/inline-checkpoints.ts";
import { mergeProducts } from "./laws/merge-products.ts";
import { multiplyTables } from "./laws/multiply-tables.ts";
import { pushSlicesUp } from "./laws/push-slices-up.ts";
import { sinkTransposes } from "./laws/sink-transposes.ts";
import { splitProducts } from "./laws/split-products.ts";
import { sumAddedRows } from "./laws/sum-added-rows.ts";
import { contractOverTime } from "./loops/contract-over-time.ts";
import { hoistInvariants, hoistProjections } from "./loops/hoist.ts";
import { mergeColumnReaders } from "./loops/merge-column-readers.ts";
import { moveAfterLoop } from "./loops/move-after-loop.ts";
import { pruneLoops } from "./loops/prune-loops.ts";
import { readRowsInside } from "./loops/read-rows-inside.ts";
import { saveOrRecompute } from "./loops/save-or-recompute.ts";
import type { Pass } from "./rewrite/rewrite.ts";

/** A row of the list: a pass, and the name by which traces and reports know it. */
export interface NamedPass {
  readonly name: string;
  readonly pass: Pass;
}

/** The list of passes: `optimize` runs them in this order. */
export const passes = [
  { name: "decomposeByRecord", pass: decomposeByRecord },
  { name: "saveOrRecompute", pass: saveOrRecompute },
  { name: "pruneLoops", pass: pruneLoops },
  { name: "splitProducts", pass: splitProducts },
  { name: "hoistInvariants", pass: hoistInvariants },
  { name: "mergeProducts", pass: mergeProducts },
  { name: "hoistInvariants", pass: hoistInvariants },
  { name: "hoistProjections", pass: hoistProjections },
  { name: "moveAfterLoop", pass: moveAfterLoop },
  { name: "contractOverTime", pass: contractOverTime },
  { name: "mergeColumnReaders", pass: mergeColumnReaders },
  { name: "multiplyTables", pass: multiplyTables },
  { name: "multiplyTables", pass: multiplyTables },
  { name: "readRowsInside", pass: readRowsInside },
  { name: "concatenatePads", pass: concatenatePads },
  { name: "pushSlicesUp", pass: pushSlicesUp },
  { name: "sumAddedRows", pass: sumAddedRows },
  { name: "addInPlace", pass: addInPlace },
  { name: "sinkTransposes", pass: sinkTransposes },
  { name: "pruneLoops", pass: pruneLoops },
  { name: "inlineCheckpoints", pass: inlineCheckpoints },
] as const satisfies readonly NamedPass[];

/** The name of a pass of the list. */
export type PassName = (typeof passes)[number]["name"];
