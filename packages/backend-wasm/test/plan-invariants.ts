/**
 * A schedule and its memory plan, run without numbers: every byte remembers which storage was written there last. A step that
 * reads a storage of which another one has taken bytes would compute with garbage.
 */

import {
  bodiesOf,
  isPlain,
  type LoopCounter,
  type MemoryPlan,
  type MemoryValue,
  type PlainStep,
  type Schedule,
  type Step,
  type Storage,
  valuesOf,
} from "@tapegrad/compiler";
import { sizeOf } from "@tapegrad/core";
import { bytesOf, slack } from "../src/program/target.ts";

/** Rounds of each loop that are run. */
const rounds = 3;

/** What is wrong, in words; empty when the plan holds. */
export function violations(schedule: Schedule, plan: MemoryPlan): string[] {
  // Branches: always one, always the other, by turns.
  const choices: ((count: number) => boolean)[] = [() => true, () => false, (count) => count % 2 === 0];
  return choices.flatMap((choice) => violationsTaking(choice, schedule, plan));
}

function violationsTaking(
  choice: (count: number) => boolean,
  { steps, inputs, outputs }: Schedule,
  plan: MemoryPlan,
): string[] {
  const run = new Run(plan, choice);
  for (const value of inputs) run.write(value, "an input");
  const known = new Set([...inputs, ...outputs].map(({ address }) => address.storage));
  for (const step of flat(steps)) {
    const { reads, writes } = valuesOf(step);
    for (const value of [...reads, ...writes]) if (value.kind === "memory") known.add(value.address.storage);
  }
  // Scratch space of kernels belongs to no step: it is theirs all the time.
  for (const storage of plan.addresses.keys()) if (!known.has(storage)) run.own(storage);
  run.steps(steps);
  for (const value of outputs) run.read(value, "an output");
  return run.violations;
}

function flat(steps: readonly Step[]): PlainStep[] {
  return steps.flatMap((step) => (isPlain(step) ? [step] : bodiesOf(step).flatMap(flat)));
}

class Run {
  readonly violations: string[] = [];
  readonly #plan: MemoryPlan;
  readonly #owners = new Set<Storage>();
  readonly #permanent = new Set<Storage>();
  /** By counter, its value. */
  readonly #counters = new Map<LoopCounter, number>();
  /** By counter, which run of its loop this is. */
  readonly #executions = new Map<LoopCounter, number>();
  /** By storage, during which run of a loop, or round of one, a part of it was last written. */
  readonly #stamps = new Map<Storage, string>();
  #execution = 0;
  readonly #choice: (count: number) => boolean;
  #branches = 0;
  #round = "top";

  constructor(plan: MemoryPlan, choice: (count: number) => boolean) {
    this.#plan = plan;
    this.#choice = choice;
  }

  own(storage: Storage): void {
    this.#permanent.add(storage);
    this.#owners.add(storage);
  }

  steps(steps: readonly Step[]): void {
    for (const [i, step] of steps.entries()) {
      if (step.kind === "loop") {
        const execution = this.#execution++;
        const before = this.#round;
        this.#executions.set(step.counter, execution);
        const count = Math.min(step.length, rounds);
        for (let round = 0; round < count; round++) {
          this.#round = `${execution}.${round}`;
          this.#counters.set(step.counter, step.reverse ? step.length - 1 - round : round);
          this.steps(step.body);
        }
        this.#counters.delete(step.counter);
        this.#round = before;
        continue;
      }
      if (step.kind === "cond") {
        this.read(step.test, `step ${i} (cond)`);
        this.steps(this.#choice(this.#branches++) ? step.whenTrue : step.whenFalse);
        continue;
      }
      const name = `step ${i} (${step.kind})`;
      const { reads, writes } = valuesOf(step);
      for (const value of reads) if (value.kind === "memory") this.read(value, name);
      for (const value of reads) {
        if (value.kind !== "memory") continue;
        for (const write of writes) {
          const apart =
            value.address.storage === write.address.storage ||
            !this.#overlap(value.address.storage, write.address.storage);
          if (!apart) this.violations.push(`${name} writes over what it reads`);
        }
      }
      for (const value of writes) this.write(value, name);
    }
  }

  read(value: MemoryValue, by: string): void {
    this.#checkBounds(value, by);
    if (sizeOf(value.shape) > 0 && !this.#owners.has(value.address.storage))
      this.violations.push(`${by} reads a storage that another one has taken, or nobody wrote`);
  }

  write(value: MemoryValue, by: string): void {
    this.#checkBounds(value, by);
    if (sizeOf(value.shape) === 0) return;
    const { storage, terms } = value.address;
    const last = terms.at(-1);
    const isPart = terms.length > 0 || sizeOf(value.shape) < storage.elements;
    const stamp = last === undefined ? this.#round : `loop ${this.#executions.get(last.counter)}`;
    if (isPart && this.#stamps.get(storage) === stamp && !this.#owners.has(storage))
      this.violations.push(`${by} writes a part of a storage whose other parts were overwritten`);
    this.#stamps.set(storage, stamp);
    for (const other of this.#owners) {
      if (other === storage || !this.#overlap(other, storage)) continue;
      this.#owners.delete(other);
      if (this.#permanent.has(other)) this.violations.push(`${by} writes into scratch space`);
    }
    this.#owners.add(storage);
  }

  #overlap(a: Storage, b: Storage): boolean {
    const [from, to] = [this.#placeOf(a), this.#placeOf(b)];
    return a.elements > 0 && b.elements > 0 && from < to + bytesOf(b) && to < from + bytesOf(a);
  }

  #placeOf(storage: Storage): number {
    const place = this.#plan.addresses.get(storage);
    if (place === undefined) throw new Error("a storage without a place");
    if (place + bytesOf(storage) + slack > this.#plan.end) throw new Error("a storage beyond the end");
    return place;
  }

  /** Every element lies inside its storage. */
  #checkBounds({ address, shape, strides }: MemoryValue, by: string): void {
    if (sizeOf(shape) === 0) return;
    let [low, high] = [address.offset, address.offset];
    for (const { counter, elements: stride } of address.terms) {
      const at = this.#counters.get(counter);
      if (at === undefined) this.violations.push(`${by} uses ${counter.name} outside its loop`);
      low += stride * (at ?? 0);
      high += stride * (at ?? 0);
    }
    for (const [axis, length] of shape.entries()) {
      const span = (strides[axis] ?? 0) * (length - 1);
      if (span < 0) low += span;
      else high += span;
    }
    if (low < 0 || high >= address.storage.elements)
      this.violations.push(`${by} reaches ${low} … ${high} of ${address.storage.elements} elements`);
  }
}
