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
import { finestGrain } from "../src/threads/grain.ts";
import { Partition } from "../src/threads/partition.ts";
import { barriersIn, type PartitionedSteps } from "../src/threads/threaded-code.ts";

/** Rounds of each loop that are run. */
const rounds = 3;

/** how `generate` would divide the work; undefined if it is for one thread. */
export function dividedWork({ steps, inputs, outputs }: Schedule, threads: number): PartitionedSteps | undefined {
  const partition = Partition.of(steps, { threads, canFirstSleep: true, grain: finestGrain }, false);
  if (partition === undefined) return undefined;
  const module = new ModuleBuilder();
  const products = new MatmulEmitter(module, { fma: false, imports: importMath(module) }, partition);
  const plan = planMemory(steps, {
    inputs,
    outputs,
    scratch: products.prepare(steps),
    start: 65536,
    bytesOf: spacedBytesOf,
  });
  return { steps, partition, plan, products };
}

/** What is wrong, in words; empty if nothing races and all is done. */
export function races(work: PartitionedSteps, barriers: ReadonlySet<Step> = barriersIn(work)): string[] {
  const run = new Run(work, barriers);
  run.steps(work.steps);
  return run.complaints;
}

class Run {
  readonly complaints: string[] = [];
  readonly #work: PartitionedSteps;
  readonly #barriers: ReadonlySet<Step>;
  readonly #counters = new Map<LoopCounter, number>();
  #readers = new Map<number, Set<number>>();
  #writers = new Map<number, number>();

  constructor(work: PartitionedSteps, barriers: ReadonlySet<Step>) {
    this.#work = work;
    this.#barriers = barriers;
  }

  steps(steps: readonly Step[]): void {
    for (const step of steps) {
      if (this.#barriers.has(step)) this.#meet();
      if (step.kind === "loop") this.#loop(step);
      else if (isPlain(step)) this.#plain(step);
      else this.complaints.push("a branch is for one thread");
    }
  }

  #meet(): void {
    this.#readers = new Map();
    this.#writers = new Map();
  }

  #loop(step: LoopStep): void {
    const { partition, products } = this.#work;
    const packing = products.packedBefore(step);
    for (const part of packing) {
      const packed = products.packedOf(part);
      this.#touch(partition.threadOf(part), [part.right], packed === undefined ? [] : [packed], "packing");
    }
    if (packing.length > 0) this.#meet();
    for (let round = 0; round < Math.min(step.length, rounds); round++) {
      this.#counters.set(step.counter, step.reverse ? step.length - 1 - round : round);
      this.steps(step.body);
    }
  }

  #plain(step: PlainStep): void {
    const { partition, products } = this.#work;
    const bytes = (list: readonly PlainStep[]) =>
      [...new Set(list.flatMap((each) => valuesOf(each).writes.flatMap((value) => this.#bytesOf(value))))].sort();
    const list = partition.of(step);
    if (bytes([step]).join() !== bytes(list).join()) this.complaints.push(`${step.kind} writes otherwise`);
    for (const [thread, part] of list.entries()) {
      const { reads, writes } = valuesOf(part);
      const packed = products.packedOf(part);
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
