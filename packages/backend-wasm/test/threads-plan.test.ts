/** Dividing work: nothing races, and threads wait for each other only where they have to. */
import { compile, scan } from "@tapegrad/autodiff";
import { dense, type MemoryValue, plan, type Step, view } from "@tapegrad/compiler";
import { programOf, recipes } from "@tapegrad/conformance/random-programs";
import type { Program, Tensor } from "@tapegrad/core";
import { add, matmul, sum, tanh, transpose, zeros } from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { target } from "../src/program/target.ts";
import { usualGrain } from "../src/threads/crew.ts";
import { overlap, rangeOf } from "../src/threads/range.ts";
import { Shares } from "../src/threads/shares.ts";
import { waitsIn } from "../src/threads/teamwork.ts";
import { cpuBackend, on, uniforms } from "./comparison.ts";
import { races, sharedWork } from "./race.ts";

const kinds = {
  "straight programs": { gradient: false, depth: 0, lengths: [0, 1, 2, 3, 5, 7, 13] },
  loops: { gradient: false, depth: 1, lengths: [0, 1, 2, 3, 5, 9] },
  "gradients of loops in loops": { gradient: true, depth: 2, lengths: [1, 2, 3] },
};

const planOf = (program: Program) => plan(program, target);

/** What `fn` on values of these shapes is for two threads, and before which kinds of steps they wait. */
function shared(fn: (...x: Tensor[]) => Tensor, shapes: readonly number[][]) {
  return on(cpuBackend, () => {
    // The operands are results as well, so that nothing else takes their place.
    const run = compile((...x: Tensor[]) => [fn(...x), ...x]);
    const program = run.program(...shapes.map((shape, i) => uniforms(shape, i)));
    const work = sharedWork(planOf(program), 2);
    if (work === undefined) throw new Error("it was not divided");
    const waits = waitsIn(work);
    const kindsOf = (steps: readonly Step[]): string[] =>
      steps.flatMap((step) => [
        ...(waits.has(step) ? [step.kind] : []),
        ...(step.kind === "loop" ? kindsOf(step.body).map((kind) => `${kind} in the loop`) : []),
      ]);
    return { work, waits: kindsOf(work.steps) };
  });
}

describe.each(Object.entries(kinds))("%s", (_, kind) => {
  it.each([2, 3])("%i threads do all the work, and none touches what another one is at", (threads) => {
    fc.assert(
      fc.property(recipes(kind), (recipe) => {
        const work = on(cpuBackend, () => sharedWork(planOf(programOf(recipe, "float32")), threads));
        expect(work && races(work)).toEqual(work && []);
      }),
      { numRuns: kind.gradient ? 40 : 100 },
    );
  });
});

describe("waiting", () => {
  it("there are races without it", () => {
    const { work } = shared((x) => add(tanh(matmul(x, x)), transpose(matmul(x, x))), [[40, 40]]);
    expect(races(work)).toEqual([]);
    expect(races(work, new Set())).not.toEqual([]);
  });

  it("is not needed where every thread goes on with its own rows", () => {
    expect(
      shared(
        (x, y) => tanh(add(matmul(x, y), 1)),
        [
          [40, 30],
          [30, 20],
        ],
      ).waits,
    ).toEqual([]);
  });

  it("is needed before rows become columns, and before one thread sums up", () => {
    expect(
      shared(
        (x, y) => matmul(matmul(x, y), x),
        [
          [40, 30],
          [30, 40],
        ],
      ).waits,
    ).toEqual([]);
    expect(
      shared(
        (x, y) => matmul(x, matmul(y, x)),
        [
          [40, 40],
          [40, 40],
        ],
      ).waits,
    ).toEqual(["matmul"]);
    expect(shared((x) => sum(tanh(x)), [[200, 200]]).waits).toEqual(["reduce"]);
  });

  it("is not needed to fold rows in the loop that computes them", () => {
    const { work, waits } = shared((x) => tanh(sum(tanh(x), { axis: -1 })), [[200, 200]]);
    expect(races(work)).toEqual([]);
    expect(waits).toEqual([]);
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
    const { work, waits } = shared(cell, [
      [7, 40, 24],
      [24, 24],
    ]);
    expect(races(work)).toEqual([]);
    expect(waits).toEqual([]);
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
    const [x, y] = [a, b].map((value) => rangeOf(value, () => undefined));
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
    expect(rangeOf(at(0, 0), () => undefined)).toBeUndefined();
    const other = dense({ shape: [10], dtype: "float32" });
    expect(meet(at(0, 10), other)).toBe(false);
  });
});

it("a Program that is over soon stays with one thread, a long one does not", () => {
  on(cpuBackend, () => {
    const crew = { threads: 2, canFirstSleep: true, grain: usualGrain };
    const sharesOf = (size: number) =>
      Shares.of(planOf(compile((x: Tensor) => matmul(x, x)).program(uniforms([size, size], 1))).steps, crew, true);
    expect(sharesOf(64)).toBeUndefined();
    expect(sharesOf(512)?.threads).toBe(2);
  });
});
