/** Every pass, and all of them, on random Programs and their gradients: the results stay what they were. */

import { functionOf, inputsOf, programOf, recipes } from "@tapegrad/conformance/random-programs";
import { interpret } from "@tapegrad/core";
import fc from "fast-check";
import { describe, it } from "vitest";
import {
  addInPlace,
  assemble,
  associate,
  contractOverTime,
  hoistInvariants,
  hoistProjections,
  inlineCheckpoints,
  mergeCommonSubexpressions,
  mergeProducts,
  narrow,
  optimize,
  pruneLoops,
  readRowsInside,
  readWholes,
  saveOrRecompute,
  simplify,
  sink,
  sinkTransposes,
  splitProducts,
  sumAddedRows,
} from "../src/index.ts";
import { expectClose, expectSameResults, inDoublePrecision } from "./equality.ts";

inDoublePrecision();

const passes = {
  simplify,
  mergeCommonSubexpressions,
  pruneLoops,
  splitProducts,
  hoistInvariants,
  mergeProducts,
  hoistProjections,
  sink,
  contractOverTime,
  associate,
  assemble,
  narrow,
  saveOrRecompute,
  readWholes,
  readRowsInside,
  sumAddedRows,
  addInPlace,
  sinkTransposes,
  inlineCheckpoints,
  optimize,
};

const kinds = {
  "straight programs": { gradient: false, depth: 0, lengths: [0, 1, 2, 3, 4] },
  loops: { gradient: false, depth: 1, lengths: [0, 1, 2, 3, 4] },
  "loops in loops": { gradient: false, depth: 2, lengths: [1, 2, 3] },
  gradients: { gradient: true, depth: 1, lengths: [1, 2, 3] },
  "gradients of loops in loops": { gradient: true, depth: 2, lengths: [1, 2] },
  "tables, integers and indices out of range": {
    gradient: false,
    depth: 1,
    lengths: [2, 3, 5],
    ops: ["integerRows", "rowsOutside", "addZero", "concat"],
  },
  "gradients of tables": { gradient: true, depth: 0, lengths: [2, 3, 5], ops: ["rowsOutside", "embedding"] },
};

describe.each(Object.entries(kinds))("%s", (_, kind) => {
  const numRuns = kind.gradient || "ops" in kind ? 25 : 60;

  it("recording changes nothing", () => {
    fc.assert(
      fc.property(recipes(kind), (recipe) => {
        const inputs = inputsOf(recipe, "float64");
        expectClose(interpret(programOf(recipe, "float64"), inputs), functionOf(recipe)(inputs), 1e-12);
      }),
      { numRuns: Math.ceil(numRuns / 4) },
    );
  });

  it.each(Object.entries(passes))("%s keeps the results", (_, pass) => {
    fc.assert(
      fc.property(recipes(kind), (recipe) => {
        const program = programOf(recipe, "float64");
        expectSameResults(pass(program), program, inputsOf(recipe, "float64"));
      }),
      { numRuns },
    );
  });
});
