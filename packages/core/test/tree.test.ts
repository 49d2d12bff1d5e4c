import { cpuBackend } from "@tapegrad/backend-cpu";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { Parameter, setBackend, tensor, treeLeaves, treeMap } from "../src/index.ts";
import { isPlainObject } from "../src/internal.ts";

beforeAll(() => setBackend(cpuBackend));

const { tree } = fc.letrec<{ tree: unknown; leaf: number }>((tie) => ({
  leaf: fc.integer(),
  tree: fc.oneof(
    { maxDepth: 3 },
    tie("leaf"),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "c"), tie("tree"), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

describe("treeMap", () => {
  test("keeps the structure and visits every leaf once, in the order of treeLeaves", () => {
    fc.assert(
      fc.property(tree, (value) => {
        const visited: unknown[] = [];
        const copy = treeMap((leaf: unknown) => {
          visited.push(leaf);
          return leaf;
        }, value);
        expect(copy).toEqual(value);
        expect(visited).toEqual(treeLeaves(value));
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  test("pairs leaves by key, whatever the order of the keys", () => {
    const sum = (a: number, b: number) => a + b;
    expect(treeMap(sum, { x: 1, y: [2, 3] }, { y: [20, 30], x: 10 })).toEqual({ x: 11, y: [22, 33] });
  });

  test("takes tensors, Parameters and class instances as leaves", () => {
    const [x, p] = [tensor(1), new Parameter(2)];
    class Model {
      weight = x;
    }
    const model = new Model();
    expect(treeLeaves([x, { p, model }, null, "text"])).toEqual([x, p, model, null, "text"]);
    expect(isPlainObject(model)).toBe(false);
    expect(isPlainObject(Object.create(null))).toBe(true);
    expect(isPlainObject([])).toBe(false);
  });
});
