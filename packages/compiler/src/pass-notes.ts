/**
 * Why each pass is in the list, and which passes it relies on. A separate file: programs that only compile do not carry these
 * texts along. A pass's docstring begins with the equation that it applies.
 */
import type { PassName } from "./passes.ts";

/** What a pass relies on, and why it is there. */
export interface PassNote {
  /** Passes that a row of this pass needs before it. */
  readonly after: readonly PassName[];
  /** What would be worse without it. */
  readonly why: string;
}

/** By pass. */
export const passNotes: Readonly<Record<PassName, PassNote>> = {
  decomposeByRecord: {
    after: [],
    why: "Passes and backends know ops by name. No backend has code for a branch that differs by batch entry.",
  },
  saveOrRecompute: {
    after: ["decomposeByRecord"],
    why: "The loop back repeats the elementwise work of the loop forward unless a value is stored.",
  },
  pruneLoops: {
    after: ["saveOrRecompute"],
    why: "saveOrRecompute stacks every value of a loop; what nobody reads must not be stored.",
  },
  splitProducts: {
    after: ["decomposeByRecord"],
    why: "The inputs' part of a product of [h, x] can leave the loop only when it is a product of its own.",
  },
  hoistInvariants: {
    after: ["splitProducts"],
    why: "Slices of weights are made once, before the loop, and are then weights to mergeProducts.",
  },
  mergeProducts: {
    after: ["splitProducts", "hoistInvariants"],
    why: "Four gates are one product per step; a large product is faster than four small ones.",
  },
  hoistProjections: {
    after: ["splitProducts", "mergeProducts"],
    why: "The products of all steps' inputs are one large product before the loop.",
  },
  moveAfterLoop: {
    after: ["pruneLoops"],
    why: "Gradients of weights are not summed step by step, but after the loop.",
  },
  contractOverTime: {
    after: ["moveAfterLoop"],
    why: "A batch of products that is summed over time would be stored, one matrix for each step.",
  },
  mergeColumnReaders: {
    after: ["moveAfterLoop"],
    why: "The weight gradients of gates that were written apart are one product, and the parts are not stored again.",
  },
  multiplyTables: {
    after: ["hoistProjections", "contractOverTime"],
    why: "A table has fewer rows than a sequence has tokens. The first row moves indices to where the second finds them.",
  },
  readRowsInside: {
    after: ["hoistProjections", "multiplyTables"],
    why: "All steps' rows at once would be written to memory and read back; one step's rows stay in the cache.",
  },
  concatenatePads: { after: ["decomposeByRecord"], why: "A sum of padded pieces writes and reads mostly zeros." },
  pushSlicesUp: {
    after: ["concatenatePads"],
    why: "The gates join the loop that uses them, and the whole is never written.",
  },
  sumAddedRows: {
    after: ["multiplyTables"],
    why: "The gradient of a bias sums some hundred rows of a table instead of thousands of tokens.",
  },
  addInPlace: {
    after: ["decomposeByRecord"],
    why: "A table of zeros for one class of each row would be written and added.",
  },
  sinkTransposes: {
    after: ["contractOverTime", "addInPlace"],
    why: "A head and its loss would copy a layer's outputs from the order of time to the order of the batch.",
  },
  inlineCheckpoints: {
    after: ["moveAfterLoop", "hoistProjections", "pruneLoops"],
    why: "No pass after it may move values out of a checkpoint or merge them with others.",
  },
};
