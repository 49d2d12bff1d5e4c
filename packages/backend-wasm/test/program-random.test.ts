/** Random Programs as generated code, against the ops applied at once on the reference backend, and their memory plans. */
import { decompose, optimize, plan, pruneLoops, schedule, withEpilogues } from "@tapegrad/compiler";
import { functionOf, inputsOf, programOf, type Recipe, recipes } from "@tapegrad/conformance/random-programs";
import type { FloatDType } from "@tapegrad/core";
import { mul } from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generate } from "../src/program/generate.ts";
import { epilogueFilter } from "../src/program/generate-matmul.ts";
import { target } from "../src/program/target.ts";
import { cpuBackend, expectWithinUlps, floats, on, type Result, read, variants } from "./comparison.ts";
import { violations } from "./plan-invariants.ts";

const kinds = {
  "straight programs": { gradient: false, depth: 0, lengths: [0, 1, 2, 3, 5, 7, 13] },
  loops: { gradient: false, depth: 1, lengths: [0, 1, 2, 3, 5, 9] },
  "loops in loops": { gradient: false, depth: 2, lengths: [1, 2, 3, 5] },
  gradients: { gradient: true, depth: 1, lengths: [1, 2, 3, 5] },
  "gradients of loops in loops": { gradient: true, depth: 2, lengths: [1, 2, 3] },
  "gradients of models": {
    gradient: true,
    depth: 0,
    lengths: [1, 2, 3],
    ops: ["layer", "layerAndLoss", "tokenLoss", "written"],
  },
};

/** Some thousand roundings of the largest result: far below what one wrong element would make. */
const ulps = 4000;
/** By so many units in the last place inputs are moved, */
const moved = 8;
/** and by so many times as much as the reference's results move then, others may be off, who round otherwise on the way. */
const amplified = 64;
/** Values on the way are of the order of 1, and so are some roundings in results where they cancel. */
const smallest = 2 ** -4;

/** The reference's results, as closely as the function tells inputs apart that are a few roundings from each other. */
function expectReference(actual: readonly Result[], recipe: Recipe, dtype: FloatDType, seed: number): void {
  const unit = dtype === "float32" ? 2 ** -23 : 2 ** -52;
  const reference = (factor: number) =>
    on(cpuBackend, () => read(functionOf(recipe)(inputsOf(recipe, dtype, seed).map((input) => mul(input, factor)))));
  const [results, others] = [reference(1), reference(1 + moved * unit)];
  const apart = results.flatMap(({ data }, i) =>
    Array.from(data, (value, k) => Math.abs(value - (others[i]?.data[k] ?? Number.NaN))).filter(Number.isFinite),
  );
  const furthest = apart.reduce((a, b) => Math.max(a, b), 0);
  expectWithinUlps(actual, results, ulps, Math.max(smallest, (amplified * furthest) / (ulps * unit)));
}

const cases = Object.entries(kinds).flatMap(([name, kind]) => floats.map((dtype) => [name, dtype, kind] as const));

describe.each(cases)("%s in %s", (_, dtype, kind) => {
  const ofPlain = kind.gradient ? 10 : 24;
  const numRuns = "ops" in kind ? 4 : ofPlain;

  it("no step reads what another one has overwritten", () => {
    fc.assert(
      fc.property(recipes(kind), (recipe) => {
        on(cpuBackend, () => {
          for (const pass of [optimize, pruneLoops]) {
            const plan = schedule(decompose(pass(programOf(recipe, dtype))), target);
            const steps = withEpilogues(plan.steps, plan.outputs, epilogueFilter(false));
            expect(
              violations({ ...plan, steps }, generate({ ...plan, steps }, { fma: false, start: 65536 }).plan),
            ).toEqual([]);
          }
        });
      }),
      { numRuns },
    );
  });

  it.each(variants)("%s: equal to the reference", (_name, backend) => {
    fc.assert(
      fc.property(recipes(kind), (recipe) => {
        on(backend, () => {
          const program = programOf(recipe, dtype);
          const executable = backend.compile?.(program) ?? (() => []);
          expectReference(read(executable(inputsOf(recipe, dtype))), recipe, dtype, 1);
        });
      }),
      { numRuns },
    );
  });

  it.each(variants)("%s: Programs that share the arena do not disturb each other", (_name, backend) => {
    fc.assert(
      fc.property(fc.array(recipes(kind), { minLength: 2, maxLength: 4 }), (list) => {
        on(backend, () => {
          const runs = list.map((recipe) => {
            const executable = backend.compile?.(programOf(recipe, dtype)) ?? (() => []);
            return (seed: number) => executable(inputsOf(recipe, dtype, seed));
          });
          const first = runs.map((run) => run(1));
          const before = first.map(read);
          const second = runs
            .toReversed()
            .map((run) => run(2))
            .reverse();
          expect(first.map(read)).toEqual(before);
          for (const [i, recipe] of list.entries()) {
            expectReference(before[i] ?? [], recipe, dtype, 1);
            expectReference(read(second[i] ?? []), recipe, dtype, 2);
          }
          expect(runs.map((run) => read(run(1)))).toEqual(before);
        });
      }),
      { numRuns: Math.ceil(numRuns / 4) },
    );
  });
});

it("a plan in which everything lies in one place does not hold", () => {
  on(cpuBackend, () => {
    const recipe: Recipe = { shapes: [[3], [3]], instructions: [], outputs: [0, 1], gradient: true };
    const planned = plan(programOf(recipe, "float32"), target);
    const good = generate(planned, { fma: false, start: 65536 }).plan;
    expect(violations(planned, good)).toEqual([]);
    const addresses = new Map([...good.addresses.keys()].map((storage) => [storage, 65536]));
    expect(violations(planned, { ...good, addresses })).not.toEqual([]);
  });
});
