/** Single steps on random values of every layout: what a device makes of them has to be what plain loops make. */
import { type MemoryValue, type PlainStep, type Storage, valuesOf } from "@tapegrad/compiler";
import type { DType, Shape } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { seededUniforms } from "@tapegrad/ops/samples";
import { expect } from "vitest";
import type { Device } from "../src/device/gpu.ts";
import type { Division } from "../src/kernels/kernel.ts";
import { kernelsOf } from "../src/kernels/kernels.ts";
import { carryOut, Memory } from "./step-reference.ts";
import { divisions, runLikePrograms, runStep, stepShader } from "./step-runner.ts";

/** Choices that follow from a seed. */
export class Choices {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededUniforms(seed);
  }

  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  of<T>(...options: readonly T[]): T {
    return defined(options[this.below(options.length)], "option");
  }

  isLucky(chance = 0.5): boolean {
    return this.#random() < chance;
  }

  /**
   * A value whose axes lie in memory in any order, in either direction, and with gaps. `repeated`: axes along which it has one
   * element only.
   */
  value(shape: Shape, dtype: DType, repeated: (axis: number) => boolean = () => false): MemoryValue {
    const order = shape.map((_, axis) => ({ axis, rank: this.isLucky(0.7) ? -axis : this.below(5) - 5 }));
    const strides = shape.map(() => 0);
    let [span, first] = [1, 0];
    for (const { axis } of order.sort((a, b) => a.rank - b.rank)) {
      if (repeated(axis)) continue;
      const extent = span * ((shape[axis] ?? 1) - 1);
      const isTurned = this.isLucky(0.2);
      strides[axis] = isTurned ? -span : span;
      if (isTurned) first += extent;
      span = (span + extent) * (this.isLucky(0.8) ? 1 : 2);
    }
    const offset = first + this.below(4);
    const storage = { dtype, elements: span + 8 };
    return { kind: "memory", shape, dtype, strides, address: { storage, offset, terms: [] } };
  }
}

/** Numbers whose sums float32 holds exactly. */
export const quarters = (choices: Choices) => (choices.below(64) - 32) / 4;
export const specials = (choices: Choices) =>
  choices.isLucky(0.1) ? choices.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) : quarters(choices);
const integers = (choices: Choices) => choices.below(2 ** 8) - 2 ** 7;
const truths = (choices: Choices) => choices.below(2);

export type Fill = (choices: Choices, storage: Storage) => number;
export const fillOf = (floats: (choices: Choices) => number): Fill => {
  const by = { bool: truths, int32: integers, float16: floats, float32: floats, float64: floats };
  return (choices, { dtype }) => by[dtype](choices);
};

/** What lies around values, and must stay. */
const untouched = 0x5eadbeef;

function isNaNWord(word = 0): boolean {
  return word % 2 ** 31 > 0x7f800000;
}

export interface Check {
  readonly device: Device;
  readonly step: PlainStep;
  readonly seed: number;
  readonly fill?: Fill;
  readonly by?: Readonly<Record<string, Division>>;
}

/**
 * The step, done on the device in all divisions, changes what the reference does, and nothing else. Many workgroups run it as
 * Programs do, with an odd seed with no more than two workgroups.
 */
export async function expectAsReferenced({
  device,
  step,
  seed,
  fill = fillOf(quarters),
  by = divisions,
}: Check): Promise<void> {
  const { reads, writes } = valuesOf(step);
  const places = new Map<Storage, number>();
  let end = 8;
  for (const value of [...reads, ...writes]) {
    if (value.kind !== "memory" || places.has(value.address.storage)) continue;
    places.set(value.address.storage, end);
    // The next begins where a vector of four can.
    end += 4 * Math.ceil(value.address.storage.elements / 4) + 8;
  }
  const choices = new Choices(seed + 1);
  const words = new Uint32Array(end).fill(untouched);
  const [floats, others] = [new Float32Array(words.buffer), new Int32Array(words.buffer)];
  for (const [storage, start] of places) {
    const target = storage.dtype === "float32" ? floats : others;
    for (let i = 0; i < storage.elements; i++) target[start + i] = fill(choices, storage);
  }
  const expected = words.slice();
  carryOut(step, new Memory(expected, places));
  const seen = new Set<string>();
  for (const [name, division] of Object.entries(by)) {
    const kernels = kernelsOf(step, division);
    const shader = stepShader(kernels, places);
    if (seen.has(shader)) continue;
    seen.add(shader);
    const run = { words, places, division };
    const most = seed % 2 === 1 ? 2 : Number.POSITIVE_INFINITY;
    const actual = division.isAlone ? await runStep(device, step, run) : await runLikePrograms(device, step, run, most);
    if (step.kind === "sort") {
      const { storage } = step.scratch.address;
      const start = defined(places.get(storage), "place");
      actual.set(words.subarray(start, start + storage.elements), start);
    }
    const different = actual.findIndex(
      (word, i) => word !== expected[i] && !(isNaNWord(word) && isNaNWord(expected[i])),
    );
    const labels = kernels.map(({ label }) => label);
    const at = [...places.values()].map((start) => different - start);
    expect(
      { different, word: actual[different] },
      `${name}: ${labels.join("; ")} at ${at} from ${[...places.values()]}`,
    ).toEqual({ different: -1, word: undefined });
  }
}
