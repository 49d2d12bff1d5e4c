/**
 * The steps of several threads, run without numbers: every byte remembers who has touched it since all waited for each other.
 * Two that touch one, at least one of them writing, race.
 */

import {
  isPlain,
  type LoopCounter,
  type LoopStep,
  type MemoryValue,
  type PlainStep,
  planMemory,
  type Schedule,
  type Step,
  valuesOf,
} from "@tapegrad/compiler";
import { bytesPerElement, sizeOf } from "@tapegrad/core";
import { ModuleBuilder } from "../src/assembler/index.ts";
import { importMath } from "../src/math/lane-calls.ts";
import { MatmulEmitter } from "../src/program/generate-matmul.ts";
import { spacedBytesOf } from "../src/program/target.ts";
import { finestGrain } from "../src/threads/crew.ts";
import { Shares } from "../src/threads/shares.ts";
import { type SharedWork, waitsIn } from "../src/threads/teamwork.ts";

/** Rounds of each loop that are run. */
const rounds = 3;

/** How `generate` would share the work; undefined if it is for one thread. */
export function sharedWork({ steps, inputs, outputs }: Schedule, threads: number): SharedWork | undefined {
  const shares = Shares.of(steps, { threads, canFirstSleep: true, grain: finestGrain }, false);
  if (shares === undefined) return undefined;
  const module = new ModuleBuilder();
  const products = new MatmulEmitter(module, { fma: false, imports: importMath(module) }, shares);
  const plan = planMemory(steps, {
    inputs,
    outputs,
    scratch: products.prepare(steps),
    start: 65536,
    bytesOf: spacedBytesOf,
  });
  return { steps, shares, plan, products };
}

/** What is wrong, in words; empty if nothing races and all is done. */
export function races(work: SharedWork, waits: ReadonlySet<Step> = waitsIn(work)): string[] {
  const run = new Run(work, waits);
  run.steps(work.steps);
  return run.complaints;
}

class Run {
  readonly complaints: string[] = [];
  readonly #work: SharedWork;
  readonly #waits: ReadonlySet<Step>;
  readonly #counters = new Map<LoopCounter, number>();
  #readers = new Map<number, Set<number>>();
  #writers = new Map<number, number>();

  constructor(work: SharedWork, waits: ReadonlySet<Step>) {
    this.#work = work;
    this.#waits = waits;
  }

  steps(steps: readonly Step[]): void {
    for (const step of steps) {
      if (this.#waits.has(step)) this.#meet();
      if (step.kind === "loop") this.#loop(step);
      else if (isPlain(step)) this.#shares(step);
      else this.complaints.push("a branch is for one thread");
    }
  }

  #meet(): void {
    this.#readers = new Map();
    this.#writers = new Map();
  }

  #loop(step: LoopStep): void {
    const { shares, products } = this.#work;
    const packing = products.packedBefore(step);
    for (const share of packing) {
      const packed = products.packedOf(share);
      this.#touch(shares.threadOf(share), [share.right], packed === undefined ? [] : [packed], "packing");
    }
    if (packing.length > 0) this.#meet();
    for (let round = 0; round < Math.min(step.length, rounds); round++) {
      this.#counters.set(step.counter, step.reverse ? step.length - 1 - round : round);
      this.steps(step.body);
    }
  }

  #shares(step: PlainStep): void {
    const { shares, products } = this.#work;
    const bytes = (list: readonly PlainStep[]) =>
      [...new Set(list.flatMap((each) => valuesOf(each).writes.flatMap((value) => this.#bytesOf(value))))].sort();
    const list = shares.of(step);
    if (bytes([step]).join() !== bytes(list).join()) this.complaints.push(`${step.kind} writes otherwise`);
    for (const [thread, share] of list.entries()) {
      const { reads, writes } = valuesOf(share);
      const packed = products.packedOf(share);
      const memory = reads.filter((value) => value.kind === "memory");
      this.#touch(thread, packed === undefined ? memory : [...memory, packed], writes, step.kind);
    }
  }

  #touch(thread: number, reads: readonly MemoryValue[], writes: readonly MemoryValue[], by: string): void {
    const isOther = (other: number | undefined) => other !== undefined && other !== thread;
    for (const byte of reads.flatMap((value) => this.#bytesOf(value))) {
      if (isOther(this.#writers.get(byte))) this.complaints.push(`${by} reads what another thread writes`);
      this.#readers.set(byte, (this.#readers.get(byte) ?? new Set()).add(thread));
    }
    for (const byte of writes.flatMap((value) => this.#bytesOf(value))) {
      if (isOther(this.#writers.get(byte))) this.complaints.push(`${by} writes what another thread writes`);
      if ([...(this.#readers.get(byte) ?? [])].some(isOther))
        this.complaints.push(`${by} writes what another thread reads`);
      this.#writers.set(byte, thread);
    }
  }

  /** The first byte of each element. */
  #bytesOf({ address, shape, strides, dtype }: MemoryValue): number[] {
    if (sizeOf(shape) === 0) return [];
    const { storage, offset, terms } = address;
    const moved = terms.reduce((sum, { counter, elements }) => sum + elements * (this.#counters.get(counter) ?? 0), 0);
    const size = bytesPerElement(dtype);
    const start = (this.#work.plan.addresses.get(storage) ?? 0) + (offset + moved) * size;
    return shape.reduce(
      (list, length, axis) =>
        list.flatMap((at) => Array.from({ length }, (_, i) => at + i * size * (strides[axis] ?? 0))),
      [start],
    );
  }
}
