/** The place of every storage in the arena. Storages that are never needed at the same time may share bytes. */
import { defined } from "@tapegrad/core/internal";
import { Gaps } from "./gaps.ts";
import { type CondStep, type LoopStep, type Step, valuesOf, writesSome } from "./step.ts";
import type { LoopCounter, MemoryValue, Storage } from "./value.ts";

/** Where each storage lies in the arena. */
export interface MemoryPlan {
  readonly addresses: ReadonlyMap<Storage, number>;
  /** The arena's end. */
  readonly end: number;
}

interface Lifetime {
  first: number;
  last: number;
}

export interface PlanOptions {
  /** There from the beginning. */
  readonly inputs: readonly MemoryValue[];
  /** Needed to the end. */
  readonly outputs: readonly MemoryValue[];
  /** There all the time. */
  readonly scratch?: readonly Storage[] | undefined;
  /** They need no place. */
  readonly elsewhere?: Pick<ReadonlySet<Storage>, "has"> | undefined;
  /** Where the first may lie. */
  readonly start?: number | undefined;
  /** Bytes to keep for a storage, up to where the next may begin. */
  readonly bytesOf: (storage: Storage) => number;
  /** The arena comes in pieces of so many bytes, over whose ends no storage may reach. */
  readonly segment?: number | undefined;
}

/** Gives storages that are never needed at once the same bytes. */
export function planMemory(
  steps: readonly Step[],
  {
    inputs,
    outputs,
    scratch = [],
    elsewhere = new Set(),
    start = 0,
    bytesOf,
    segment = Number.POSITIVE_INFINITY,
  }: PlanOptions,
): MemoryPlan {
  const lifetimes = new Map<Storage, Lifetime>();
  const touch = ({ storage }: { readonly storage: Storage }, position: number) => {
    const lifetime = lifetimes.get(storage) ?? { first: position, last: position };
    lifetimes.set(storage, { first: Math.min(lifetime.first, position), last: Math.max(lifetime.last, position) });
  };
  for (const { address } of inputs) touch(address, 0);
  let position = 1;
  /** Returns the storages used, so that a loop can keep what comes from outside until its end. */
  const walk = (list: readonly Step[]): Set<Storage> => {
    const used = new Set<Storage>();
    for (const step of list) {
      if (step.kind === "loop") for (const storage of loop(step)) used.add(storage);
      else if (step.kind === "cond") for (const storage of branches(step)) used.add(storage);
      else {
        const { reads, writes } = valuesOf(step);
        for (const value of [...reads, ...writes]) {
          if (value.kind !== "memory") continue;
          touch(value.address, position);
          used.add(value.address.storage);
        }
        position++;
      }
    }
    return used;
  };
  /** As if one branch ran after the other: what both write is needed from the first one on. */
  const branches = ({ test, whenTrue, whenFalse }: CondStep): Set<Storage> => {
    touch(test.address, position++);
    const used = new Set([test.address.storage, ...walk(whenTrue), ...walk(whenFalse)]);
    // A backend whose kernels decide one by one reads the test to the end.
    touch(test.address, position++);
    return used;
  };
  const loop = ({ body, counter }: LoopStep): Set<Storage> => {
    const begin = position;
    const known = new Set(lifetimes.keys());
    const used = walk(body);
    const end = position++;
    // What was there before the loop may be read in any round. Else a round writes what it reads; only parts add up.
    for (const storage of used) {
      if (!known.has(storage) && !isSlotted(body, storage, counter)) continue;
      touch({ storage }, begin);
      touch({ storage }, end);
    }
    return used;
  };
  walk(steps);
  for (const { address } of outputs) touch(address, position);
  for (const storage of scratch) {
    touch({ storage }, 0);
    touch({ storage }, position);
  }
  for (const storage of [...lifetimes.keys()]) if (elsewhere.has(storage)) lifetimes.delete(storage);
  return place(lifetimes, { start, bytesOf, segment });
}

/** Whether rounds of the loop that counts `counter` write to different parts of it, so that it is whole only after the loop. */
function isSlotted(body: readonly Step[], storage: Storage, counter: LoopCounter): boolean {
  return writesSome(
    body,
    ({ address }) => address.storage === storage && address.terms.some((term) => term.counter === counter),
  );
}

/** First fit, in order of first need. */
function place(
  lifetimes: ReadonlyMap<Storage, Lifetime>,
  { start, bytesOf, segment }: Pick<PlanOptions, "bytesOf"> & { readonly start: number; readonly segment: number },
): MemoryPlan {
  const addresses = new Map<Storage, number>();
  const gaps = new Gaps(start);
  const byLast = [...lifetimes].sort(([, a], [, b]) => a.last - b.last);
  let [end, over] = [start, 0];
  for (const [storage, { first }] of [...lifetimes].sort(([, a], [, b]) => a.first - b.first)) {
    for (let other = byLast[over]; other !== undefined && other[1].last < first; other = byLast[++over]) {
      const from = defined(addresses.get(other[0]), "address");
      gaps.give(from, from + bytesOf(other[0]));
    }
    const size = bytesOf(storage);
    const within = (from: number) => {
      const reachesOver = Math.floor(from / segment) < Math.floor((from + size - 1) / segment);
      return reachesOver ? Math.ceil(from / segment) * segment : from;
    };
    const from = gaps.take(size, within);
    addresses.set(storage, from);
    end = Math.max(end, from + size);
  }
  return { addresses, end };
}
