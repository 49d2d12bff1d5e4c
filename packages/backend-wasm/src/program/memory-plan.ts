/** Where every storage lies in the arena: as long as two are never needed at once, they may share bytes. */
import { type LoopStep, type Step, valuesOf } from "./step.ts";
import { type MemoryValue, type Storage, slack } from "./value.ts";

export interface MemoryPlan {
  readonly addresses: ReadonlyMap<Storage, number>;
  /** The arena's end. */
  readonly end: number;
}

interface Lifetime {
  first: number;
  last: number;
}

/** Cache lines of the machines that this runs on; kernels ask for 16. */
const alignment = 64;

/** Inputs are there from the beginning, outputs and `constantly` needed storages to the end. */
export function planMemory(
  steps: readonly Step[],
  inputs: readonly MemoryValue[],
  outputs: readonly MemoryValue[],
  scratch: readonly Storage[],
  start: number,
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
  const loop = ({ body }: LoopStep): Set<Storage> => {
    const begin = position;
    const known = new Set(lifetimes.keys());
    const used = walk(body);
    const end = position++;
    for (const storage of used) {
      const isCarried = known.has(storage) || isReadBeforeWritten(body, storage);
      if (isCarried) touch({ storage }, begin);
      if (isCarried || isSlotted(body, storage)) {
        touch({ storage }, begin);
        touch({ storage }, end);
      }
    }
    return used;
  };
  walk(steps);
  for (const { address } of outputs) touch(address, position);
  for (const storage of scratch) {
    touch({ storage }, 0);
    touch({ storage }, position);
  }
  return place(lifetimes, start);
}

/** Whether a round reads what an earlier round wrote. */
function isReadBeforeWritten(body: readonly Step[], storage: Storage): boolean {
  for (const step of body) {
    if (step.kind === "loop") return true;
    const { reads, writes } = valuesOf(step);
    if (reads.some((value) => value.kind === "memory" && value.address.storage === storage)) return true;
    if (writes.some((value) => value.address.storage === storage)) return false;
  }
  return false;
}

/** Whether rounds write to different parts of it, so that it is whole only after the loop. */
function isSlotted(body: readonly Step[], storage: Storage): boolean {
  return body.some((step) => {
    if (step.kind === "loop") return isSlotted(step.body, storage);
    return valuesOf(step).writes.some(({ address }) => address.storage === storage && address.terms.length > 0);
  });
}

/** First fit, in order of first need. */
function place(lifetimes: ReadonlyMap<Storage, Lifetime>, start: number): MemoryPlan {
  const addresses = new Map<Storage, number>();
  let live: { storage: Storage; last: number; from: number; to: number }[] = [];
  let end = start;
  for (const [storage, { first, last }] of [...lifetimes].sort(([, a], [, b]) => a.first - b.first)) {
    live = live.filter((other) => other.last >= first);
    const size = Math.ceil((storage.bytes + slack) / alignment) * alignment;
    let from = start;
    for (const other of live.toSorted((a, b) => a.from - b.from)) {
      if (other.from - from >= size) break;
      from = Math.max(from, other.to);
    }
    live.push({ storage, last, from, to: from + size });
    addresses.set(storage, from);
    end = Math.max(end, from + size);
  }
  return { addresses, end };
}
