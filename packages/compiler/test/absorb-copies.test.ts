/** Copies that become stores, and when they must not. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { areApart, dense, type FusedStep, type MemoryValue, newStorage, type Step, view } from "../src/index.ts";
import { absorbCopies } from "../src/schedule/absorb-copies.ts";

const vector = (length: number) => dense({ shape: [length], dtype: "float32" });

/** Doubles `from`. */
function doubled(from: MemoryValue, to: MemoryValue): FusedStep {
  return {
    kind: "fused",
    shape: to.shape,
    operands: [from],
    nodes: [
      {
        op: "add",
        attributes: {},
        dtype: "float32",
        inputs: [
          { from: "operand", index: 0 },
          { from: "operand", index: 0 },
        ],
      },
    ],
    results: [{ node: 0, to }],
  };
}

const copy = (from: MemoryValue, to: MemoryValue): Step => ({ kind: "copy", from, to });

const absorbed = (steps: readonly Step[], needsRuns = true) => absorbCopies(steps, { needsRuns });

describe("a copy of a result", () => {
  const [x, y, z] = [vector(4), vector(4), vector(4)];
  const both = { ...doubled(x, y), results: [y, z].map((to) => ({ node: 0, to })) };

  test("becomes a second store, also after steps that have nothing to do with it", () => {
    const other = doubled(vector(4), vector(4));
    expect(absorbed([doubled(x, y), copy(y, z)])).toEqual([both]);
    expect(absorbed([doubled(x, y), other, copy(y, z)])).toEqual([both, other]);
  });

  test("does so in loops and branches", () => {
    const steps = [doubled(x, y), copy(y, z)];
    const loop: Step = { kind: "loop", counter: { name: "t" }, length: 2, reverse: false, body: steps };
    const cond: Step = { kind: "cond", test: vector(1), whenTrue: steps, whenFalse: [] };
    expect(absorbed([loop])).toEqual([{ ...loop, body: [both] }]);
    expect(absorbed([cond])).toEqual([{ ...cond, whenTrue: [both] }]);
  });

  test.each<[string, Step[]]>([
    ["the loop reads the target", [doubled(z, y), copy(y, z)]],
    ["a step between reads the target", [doubled(x, y), doubled(z, vector(4)), copy(y, z)]],
    ["a step between writes the target", [doubled(x, y), doubled(x, z), copy(y, z)]],
    ["a step between writes the result again", [doubled(x, y), copy(x, y), copy(y, z)]],
    ["it clears what is around the target", [doubled(x, y), { kind: "copy", from: y, to: z, clear: z }]],
    ["it sees the result otherwise", [doubled(x, y), copy(view(y, [4], [-1], 3), z)]],
    [
      "there is a loop between",
      [doubled(x, y), { kind: "loop", counter: { name: "t" }, length: 2, reverse: false, body: [] }, copy(y, z)],
    ],
  ])("stays where %s", (_, steps) => {
    expect(absorbed(steps)).toEqual(steps);
  });

  test("does so into columns only where a loop needs no runs", () => {
    const columns = [1, 0].map((start) => view(dense({ shape: [3, 2], dtype: "float32" }), [3, 1], [2, 1], start));
    for (const column of columns) {
      const [from, result] = [0, 1].map(() => dense({ shape: [3, 1], dtype: "float32" }));
      if (from === undefined || result === undefined) throw new Error("two values");
      const steps = [doubled(from, result), copy(result, column)];
      expect(absorbed(steps)).toEqual(steps);
      expect(absorbed(steps, false)).toEqual([
        { ...doubled(from, result), results: [result, column].map((to) => ({ node: 0, to })) },
      ]);
    }
  });

  test("goes beside its neighbours: parts of one storage that are apart", () => {
    const [matrix, a, b] = [
      dense({ shape: [3, 8], dtype: "float32" }),
      dense({ shape: [3, 4], dtype: "float32" }),
      dense({ shape: [3, 4], dtype: "float32" }),
    ];
    const [left, right] = [0, 4].map((start) => view(matrix, [3, 4], [8, 1], start));
    if (left === undefined || right === undefined) throw new Error("two parts");
    const steps = [doubled(x, a), doubled(x, b), copy(a, left), copy(b, right)];
    expect(absorbed(steps).map(({ kind }) => kind)).toEqual(["fused", "fused"]);
  });
});

test("views are apart only if they share no element", () => {
  const axes = fc.array(
    fc.record({ length: fc.integer({ min: 1, max: 4 }), stride: fc.integer({ min: -12, max: 12 }) }),
    {
      maxLength: 3,
    },
  );
  let apart = 0;
  fc.assert(
    fc.property(axes, fc.nat(40), (layout, distance) => {
      const storage = newStorage({ shape: [1000], dtype: "float32" });
      const [a, b] = [400, 400 + distance].map(
        (offset): MemoryValue => ({
          kind: "memory",
          dtype: "float32",
          shape: layout.map(({ length }) => length),
          strides: layout.map(({ stride }) => stride),
          address: { storage, offset, terms: [] },
        }),
      );
      if (a === undefined || b === undefined) throw new Error("two views");
      const elementsOf = ({ address }: MemoryValue) =>
        layout.reduce<number[]>(
          (places, { length, stride }) =>
            places.flatMap((place) => Array.from({ length }, (_, i) => place + i * stride)),
          [address.offset],
        );
      const ofA = new Set(elementsOf(a));
      if (!areApart(a, b)) return;
      apart++;
      expect(elementsOf(b).filter((place) => ofA.has(place))).toEqual([]);
    }),
    { numRuns: 2000 },
  );
  expect(apart).toBeGreaterThan(100);
});
