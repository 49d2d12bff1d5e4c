/**
 * Random Programs and their gradients through the list of passes: after each of them the results are what they were, and the
 * Program is well formed. Every pass and every law changes some of them, or this would say nothing of it.
 */
import { expectClose } from "@tapegrad/conformance";
import { functionOf, inputsOf, programOf, recipes } from "@tapegrad/conformance/random-programs";
import { interpret, type Program, print, type Tensor } from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { optimize, type Pass, passes, verify } from "../src/index.ts";
import { rewrittenByLaws } from "../src/rewrite/by-laws.ts";
import type { Laws } from "../src/rewrite/origins.ts";
import { everywhere } from "../src/rewrite/rewrite.ts";
import { expectSameResults, inDoublePrecision } from "./equality.ts";

inDoublePrecision();

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
  "ops that change nothing": { gradient: false, depth: 0, lengths: [1, 2, 3], ops: ["written"] },
  models: {
    gradient: false,
    depth: 0,
    lengths: [1, 2, 3],
    ops: ["layer", "layerAndLoss", "tokenLoss", "branches", "own"],
  },
  "gradients of models": {
    gradient: true,
    depth: 0,
    lengths: [1, 2, 3],
    ops: ["layer", "layerAndLoss", "tokenLoss", "branches"],
  },
};

function changed(before: Program, after: Program): boolean {
  return after !== before && print(after) !== print(before);
}

describe.each(Object.entries(kinds))("%s", (_, kind) => {
  const numRuns = kind.gradient || "ops" in kind ? 25 : 60;

  it("recording changes nothing", () => {
    fc.assert(
      fc.property(recipes(kind), (recipe) => {
        const inputs = inputsOf(recipe, "float64");
        expectClose(interpret(programOf(recipe, "float64"), inputs), functionOf(recipe)(inputs), 1e-12, {
          relativeTo: "all",
        });
      }),
      { numRuns: Math.ceil(numRuns / 4) },
    );
  });

  it("each pass, alone and in its place in the list, keeps the results, and leaves the Program well formed", () => {
    fc.assert(
      fc.property(recipes(kind), (recipe) => {
        const program = programOf(recipe, "float64");
        const inputs = inputsOf(recipe, "float64");
        const check = (name: string, before: Program, after: Program) => {
          expect(verify(after), name).toEqual([]);
          if (changed(before, after)) expectSameResults(after, program, inputs);
        };
        expect(verify(program)).toEqual([]);
        for (const [name, pass] of new Map<string, Pass>(passes.map((row) => [row.name, row.pass])))
          check(`${name} alone`, program, pass(program));
        optimize(program, { observe: ({ name }, before, after) => check(name, before, after) });
      }),
      { numRuns },
    );
  });
});

/** A law of some op. */
type AnyLaw = (site: never) => Tensor | undefined;

/** Laws that count how often they apply. */
function counted(laws: Laws, counts: Map<object, number>): Laws {
  const counting =
    (law: AnyLaw): AnyLaw =>
    (site) => {
      const better = law(site);
      if (better !== undefined) counts.set(law, (counts.get(law) ?? 0) + 1);
      return better;
    };
  return Object.fromEntries(Object.entries<readonly AnyLaw[]>(laws).map(([name, list]) => [name, list.map(counting)]));
}

describe("firings", () => {
  /** Fixed, so that the counts are: the Programs that changed, by row of the list. */
  const perKind = 16;
  const rows = new Map<object, number>();
  const applied = new Map<object, number>();
  const names = new Map<object, string>();
  it("are counted", () => {
    for (const row of passes) {
      if (!("laws" in row.pass)) continue;
      for (const [op, list] of Object.entries(row.pass.laws))
        for (const [i, law] of list.entries()) if (!names.has(law)) names.set(law, `${row.name}: ${op} ${i}`);
    }
    for (const kind of Object.values(kinds)) {
      for (const recipe of fc.sample(recipes(kind), { numRuns: perKind, seed: 1 })) {
        optimize(programOf(recipe, "float64"), {
          observe: (row, before, after) => {
            if (!changed(before, after)) return;
            rows.set(row, (rows.get(row) ?? 0) + 1);
            if (!("laws" in row.pass)) return;
            const laws = counted(row.pass.laws as Laws, applied); // A pass with laws is a `LawPass`.
            everywhere((program) => rewrittenByLaws(program, laws))(before);
          },
        });
      }
    }
    expect(rows.size).toBeGreaterThan(0);
  });

  it.each(passes.map((row, i) => [i, row.name, row] as const))("pass %i, %s, changes Programs", (_i, _name, row) => {
    expect(rows.get(row) ?? 0).toBeGreaterThanOrEqual(3);
  });

  it("every law applies", () => {
    const silent = [...names].filter(([law]) => !applied.has(law)).map(([, name]) => name);
    expect(silent).toEqual([]);
  });
});
