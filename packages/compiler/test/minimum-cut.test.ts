/** The cheapest values, against trying all sets. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { cheapestValues, type ValueGraph } from "../src/loops/minimum-cut.ts";

/** Whether everything needed can be computed from `given`. */
function suffices({ operands, needed }: ValueGraph, given: ReadonlySet<number>): boolean {
  const has = (id: number): boolean => given.has(id) || (operands.get(id)?.every(has) ?? false);
  return [...needed].every(has);
}

function costOf({ costs }: ValueGraph, given: Iterable<number>): number {
  return [...given].reduce((sum, id) => sum + (costs.get(id) ?? Number.NaN), 0);
}

function subsets(ids: readonly number[]): Set<number>[] {
  const [first, ...rest] = ids;
  if (first === undefined) return [new Set()];
  return subsets(rest).flatMap((set) => [set, new Set([...set, first])]);
}

/** Values 0 … n − 1, each computed from earlier ones or not at all. */
const graphs = fc
  .array(
    fc.record({
      cost: fc.integer({ min: 1, max: 4 }),
      from: fc.array(fc.nat(), { maxLength: 3 }),
      isRoot: fc.boolean(),
      isNeeded: fc.boolean(),
    }),
    { minLength: 1, maxLength: 9 },
  )
  .map((values): ValueGraph => {
    const operandsOf = (i: number) => (values[i]?.from ?? []).map((from) => from % i);
    const computed = values.flatMap(({ isRoot }, i) => (i === 0 || isRoot ? [] : [[i, operandsOf(i)] as const]));
    return {
      costs: new Map(values.map(({ cost }, i) => [i, cost])),
      operands: new Map(computed),
      needed: values.flatMap(({ isNeeded }, i) => (isNeeded ? [i] : [])),
    };
  });

it("no other set from which the rest can be computed is cheaper", () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const chosen = cheapestValues(graph);
      expect(suffices(graph, chosen)).toBe(true);
      const enough = subsets([...graph.costs.keys()]).filter((set) => suffices(graph, set));
      expect(costOf(graph, chosen)).toBe(Math.min(...enough.map((set) => costOf(graph, set))));
    }),
    { numRuns: 300 },
  );
});

it("of equally cheap sets it takes the one that leaves least to compute", () => {
  const chain = {
    costs: new Map([0, 1, 2].map((id) => [id, 1])),
    operands: new Map([
      [1, [0]],
      [2, [1]],
    ]),
    needed: [2],
  };
  expect([...cheapestValues(chain)]).toEqual([2]);
});
