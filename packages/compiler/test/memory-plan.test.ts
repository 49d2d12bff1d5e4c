/** Where storages lie: nothing that is needed shares a byte, and in an arena of pieces nothing reaches over an end. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { programOf, recipes } from "@tapegrad/conformance/random-programs";
import { setBackend, sizeOf } from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bodiesOf,
  type CondStep,
  dense,
  isPlain,
  type LoopCounter,
  type MemoryPlan,
  type MemoryValue,
  type PlainStep,
  plan,
  planMemory,
  type Schedule,
  type Step,
  type Storage,
  slotOf,
  valuesOf,
} from "../src/index.ts";
import { target } from "./target.ts";

setBackend(cpuBackend);

const bytesOf = ({ elements }: Storage) => 16 * Math.ceil(elements / 4);

/** Every step in the order in which a device runs it, each loop three times; the branches' ones with the test before each. */
function unrolled(steps: readonly Step[], test: CondStep["test"][] = []): { step: PlainStep; tests: MemoryValue[] }[] {
  return steps.flatMap((step) => {
    if (isPlain(step)) return [{ step, tests: test }];
    if (step.kind === "cond") return bodiesOf(step).flatMap((body) => unrolled(body, [...test, step.test]));
    return Array.from({ length: Math.min(3, step.length) }, () => unrolled(step.body, test)).flat();
  });
}

/** What reads a storage of which another one has taken bytes since it was written. */
function violations({ steps, inputs, outputs }: Schedule, { addresses }: MemoryPlan): string[] {
  const found: string[] = [];
  const owners = new Set<Storage>();
  const rangeOf = (storage: Storage) => {
    const from = addresses.get(storage) ?? Number.NaN;
    return [from, from + bytesOf(storage)] as const;
  };
  const write = ({ address: { storage }, shape }: MemoryValue) => {
    if (sizeOf(shape) === 0) return;
    const [from, to] = rangeOf(storage);
    for (const other of owners) {
      const [start, end] = rangeOf(other);
      if (other !== storage && start < to && from < end) owners.delete(other);
    }
    owners.add(storage);
  };
  const read = ({ address: { storage }, shape }: MemoryValue, by: string) => {
    if (sizeOf(shape) > 0 && !owners.has(storage)) found.push(`${by} reads what another storage has taken`);
  };
  for (const input of inputs) write(input);
  for (const { step, tests } of unrolled(steps)) {
    const { reads, writes } = valuesOf(step);
    for (const value of [...tests, ...reads]) if (value.kind === "memory") read(value, step.kind);
    for (const value of writes) write(value);
  }
  for (const output of outputs) read(output, "an output");
  return found;
}

const kinds = { gradient: false, depth: 2, lengths: [1, 2, 3, 5] };

describe("a memory plan", () => {
  test.each([Number.POSITIVE_INFINITY, 2048, 512])("of random Programs is valid in pieces of %d bytes", (segment) => {
    let [most, apart] = [0, 0];
    fc.assert(
      fc.property(recipes(kinds), (recipe) => {
        const scheduled = plan(programOf(recipe, "float32"), target);
        const { inputs, outputs } = scheduled;
        const places = planMemory(scheduled.steps, { inputs, outputs, bytesOf, segment });
        for (const [storage, address] of places.addresses) {
          const size = bytesOf(storage);
          fc.pre(size <= segment);
          expect(address + size).toBeLessThanOrEqual(places.end);
          if (size > 0 && Number.isFinite(segment))
            expect(Math.floor(address / segment)).toBe(Math.floor((address + size - 1) / segment));
          most = Math.max(most, size);
          if (address >= segment) apart++;
        }
        expect(violations(scheduled, places)).toEqual([]);
      }),
      { numRuns: 100 },
    );
    expect(most).toBeGreaterThan(100);
    if (segment === 512) expect(apart).toBeGreaterThan(0);
  });

  test("keeps a branch's test to the end of both branches: a device asks again at every kernel", () => {
    const floats = () => dense({ shape: [4], dtype: "float32" });
    const [x, y, a, b] = [floats(), floats(), floats(), floats()];
    const condition = dense({ shape: [], dtype: "bool" });
    const copy = (from: MemoryValue, to: MemoryValue): Step => ({ kind: "copy", from, to });
    const steps: Step[] = [
      copy(x, condition),
      { kind: "cond", test: condition, whenTrue: [copy(x, a), copy(a, y)], whenFalse: [copy(x, b), copy(b, y)] },
    ];
    const scheduled = { steps, inputs: [x], outputs: [y] };
    const plan = planMemory(steps, { inputs: [x], outputs: [y], bytesOf });
    expect(violations(scheduled, plan)).toEqual([]);
    const placeOf = ({ address: { storage } }: MemoryValue) => plan.addresses.get(storage);
    for (const other of [x, y, a, b]) expect(placeOf(other)).not.toBe(placeOf(condition));
  });
});

describe("addresses", () => {
  const counter: LoopCounter = { name: "t" };

  test("count elements, whatever the dtype", () => {
    for (const dtype of ["bool", "int32", "float32", "float64"] as const) {
      const stack = dense({ shape: [7, 3, 5], dtype });
      expect(stack.strides).toEqual([15, 5, 1]);
      expect(stack.address.storage.elements).toBe(105);
      expect(slotOf(stack, counter)).toMatchObject({ offset: 0, terms: [{ counter, elements: 15 }] });
    }
  });
});
