/** Dividing work: nothing races, and threads wait for each other only where they have to. */
import { compile, scan } from "@tapegrad/autodiff";
import { dense, type MemoryValue, plan, type Step, view } from "@tapegrad/compiler";
import { programOf, recipes } from "@tapegrad/conformance/random-programs";
import type { Program, Tensor } from "@tapegrad/core";
import { add, matmul, sum, tanh, transpose, zeros } from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { target } from "../src/program/target.ts";
import { byteRangeOf, overlap } from "../src/threads/byte-range.ts";
import { usualGrain } from "../src/threads/grain.ts";
import { Partition } from "../src/threads/partition.ts";
import { barriersIn } from "../src/threads/threaded-code.ts";
import { cpuBackend, on, uniforms } from "./comparison.ts";
import { dividedWork, races } from "./race.ts";

const kinds = {
  "straight programs": { gradient: false, depth: 0, lengths: [0, 1, 2, 3, 5, 7, 13] },
  loops: { gradient: false, depth: 1, lengths: [0, 1, 2, 3, 5, 9] },
  "gradients of loops in loops": { gradient: true, depth: 2, lengths: [1, 2, 3] },
};

const planOf = (program: Program) => plan(program, target);

/** What `fn` on values of these shapes is for two threads, and before which kinds of steps they wait. */
function dividedInTwo(fn: (...x: Tensor[]) => Tensor, shapes: readonly number[][]) {
  return on(cpuBackend, () => {
    // The operands are results as well, so that nothing else takes their place.
    const run = compile((...x: Tensor[]) => [fn(...x), ...x]);
    const program = run.program(...shapes.map((shape, i) => uniforms(shape, i)));
    const work = dividedWork(planOf(program), 2);
    if (work === undefined) throw new Error("it was not divided");
    const barriers = barriersIn(work);
    const kindsOf = (steps: readonly Step[]): string[] =>
      steps.flatMap((step) => [
        ...(barriers.has(step) ? [step.kind] : []),
        ...(step.kind === "loop" ? kindsOf(step.body).map((kind) => `${kind} in the loop`) : []),
      ]);
    return { work, barriers: kindsOf(work.steps) };
  });
}

describe.each(Object.entries(kinds))("%s", (_, kind) => {
  it.each([2, 3])("%i threads do all the work, and none touches what another one is at", (threads) => {
    fc.assert(
      fc.property(recipes(kind), (recipe) => {
        const work = on(cpuBackend, () => dividedWork(planOf(programOf(recipe, "float32")), threads));
        expect(work && races(work)).toEqual(work && []);
      }),
      { numRuns: kind.gradient ? 40 : 100 },
    );
  });
});

describe("waiting", () => {
  it("there are races without it", () => {
    const { work } = dividedInTwo((x) => add(tanh(matmul(x, x)), transpose(matmul(x, x))), [[40, 40]]);
    expect(races(work)).toEqual([]);
    expect(races(work, new Set())).not.toEqual([]);
  });

  it("is not needed where every thread goes on with its own rows", () => {
    expect(
      dividedInTwo(
        (x, y) => tanh(add(matmul(x, y), 1)),
        [
          [40, 30],
          [30, 20],
        ],
      ).barriers,
    ).toEqual([]);
  });

  it("is needed before rows become columns, and before one thread sums up", () => {
    expect(
      dividedInTwo(
        (x, y) => matmul(matmul(x, y), x),
        [
          [40, 30],
          [30, 40],
        ],
      ).barriers,
    ).toEqual([]);
    expect(
      dividedInTwo(
        (x, y) => matmul(x, matmul(y, x)),
        [
          [40, 40],
          [40, 40],
        ],
      ).barriers,
    ).toEqual(["matmul"]);
    expect(dividedInTwo((x) => sum(tanh(x)), [[200, 200]]).barriers).toEqual(["reduce"]);
  });

  it("is not needed to fold rows in the loop that computes them", () => {
    const { work, barriers } = dividedInTwo((x) => tanh(sum(tanh(x), { axis: -1 })), [[200, 200]]);
    expect(races(work)).toEqual([]);
    expect(barriers).toEqual([]);
  });

  it("is not needed in a recurrent loop over rows", () => {
    const cell = (x: Tensor, w: Tensor) =>
      scan(
        (h: Tensor, x: Tensor) => {
          const next = tanh(add(matmul(h, w), x));
          return [next, next];
        },
        zeros([40, 24]),
        x,
      )[1];
    const { work, barriers } = dividedInTwo(cell, [
      [7, 40, 24],
      [24, 24],
    ]);
    expect(races(work)).toEqual([]);
    expect(barriers).toEqual([]);
  });
});

describe("ranges", () => {
  const storage = { dtype: "float32" as const, elements: 1000 };
  const counter = { name: "t" };
  const at = (offset: number, length: number, period?: number): MemoryValue =>
    view(
      dense(
        { shape: [length], dtype: "float32" },
        { storage, offset, terms: period === undefined ? [] : [{ counter, elements: period }] },
      ),
      [length],
      [1],
    );
  const meet = (a: MemoryValue, b: MemoryValue) => {
    const [x, y] = [a, b].map((value) => byteRangeOf(value, () => undefined));
    return x !== undefined && y !== undefined && overlap(x, y);
  };

  it("overlap where some round of either loop brings them together", () => {
    expect(meet(at(0, 10), at(10, 10))).toBe(false);
    expect(meet(at(0, 11), at(10, 10))).toBe(true);
    expect(meet(at(0, 10, 100), at(110, 10, 100))).toBe(false);
    expect(meet(at(0, 11, 100), at(110, 10, 100))).toBe(true);
    expect(meet(at(90, 11, 100), at(0, 10, 100))).toBe(true);
    expect(meet(at(0, 10, 100), at(210, 10))).toBe(false);
    expect(meet(at(0, 10, 100), at(200, 10))).toBe(true);
    expect(meet(at(0, 10, 100), at(20, 10, 25))).toBe(true);
  });

  it("of nothing are none, and other storages outside the arena are elsewhere", () => {
    expect(byteRangeOf(at(0, 0), () => undefined)).toBeUndefined();
    const other = dense({ shape: [10], dtype: "float32" });
    expect(meet(at(0, 10), other)).toBe(false);
  });
});

it("a Program that is over soon stays with one thread, a long one does not", () => {
  on(cpuBackend, () => {
    const partitionOf = (size: number, threads = 2) => {
      const { steps } = planOf(compile((x: Tensor) => matmul(x, x)).program(uniforms([size, size], 1)));
      return Partition.of(steps, { threads, canFirstSleep: true, grain: usualGrain }, true);
    };
    expect(partitionOf(64)).toBeUndefined();
    expect(partitionOf(512)?.threads).toBe(2);
    // Of 200 rows, 64 threads would have three each.
    expect(partitionOf(200, 64)?.threads).toBe(16);
    expect(partitionOf(1024, 64)?.threads).toBe(64);
  });
});
