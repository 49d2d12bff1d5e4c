/**
 * Finds the steps before which threads have to wait for each other: a step reads or writes a place that another thread has
 * written since the last wait, or writes a place that another thread has read.
 */

import { type LoopStep, type MemoryValue, type PlainStep, type Step, type Storage, valuesOf } from "@tapegrad/compiler";
import { defined } from "@tapegrad/core/internal";
import { mayMeet, overlap, type Range, rangeOf } from "./range.ts";

/** One value of a step: what each thread covers of it, in one storage. */
interface Access {
  readonly isWrite: boolean;
  readonly byThread: readonly (Range | undefined)[];
}

/** What a thread does where a loop begins. */
export interface Work {
  readonly thread: number;
  readonly reads: readonly MemoryValue[];
  readonly writes: readonly MemoryValue[];
}

export interface WaitOptions {
  /** A step as its threads' shares; a single one is the first thread's. */
  readonly sharesOf: (step: PlainStep) => readonly PlainStep[];
  /** What a share reads besides its values. */
  readonly packedOf: (share: PlainStep) => MemoryValue | undefined;
  /** What threads do before a loop begins; if it is anything, they wait for each other after it. */
  readonly before: (loop: LoopStep) => readonly Work[];
  readonly placeOf: (storage: Storage) => number | undefined;
}

/** The steps to wait before; a loop stands for its beginning, with what is done there. */
export function waitsOf(steps: readonly Step[], options: WaitOptions): ReadonlySet<Step> {
  const waits = new Set<Step>();
  const known = new Map<Step, readonly Access[]>();
  const accessesOf = (step: Step) => {
    if (step.kind === "cond") throw new Error("internal: a branch is for one thread");
    const accesses =
      known.get(step) ?? (step.kind === "loop" ? accessesBefore(step, options) : accessesOfShares(step, options));
    known.set(step, accesses);
    return accesses;
  };
  /** Takes what was done since the threads last waited from before the step to after it. */
  const visit = (step: Step, since: ReadonlySet<Access>): ReadonlySet<Access> => {
    const accesses = accessesOf(step);
    const hasToWait = accesses.some((access) => [...since].some((earlier) => conflict(earlier, access)));
    if (hasToWait) waits.add(step);
    else waits.delete(step);
    if (step.kind === "loop" && accesses.length > 0) return loop(step, new Set());
    const after = new Set([...(hasToWait ? [] : since), ...accesses]);
    return step.kind === "loop" ? loop(step, after) : after;
  };
  /** A round begins after what came before the loop or after another round. */
  const loop = ({ body, length }: LoopStep, since: ReadonlySet<Access>): ReadonlySet<Access> => {
    let before = new Set(since);
    for (;;) {
      const after = walk(body, before);
      const both = new Set([...before, ...after]);
      if (both.size === before.size) return length > 0 ? after : since;
      before = both;
    }
  };
  const walk = (list: readonly Step[], since: ReadonlySet<Access>) =>
    list.reduce((done, step) => visit(step, done), since);
  walk(steps, new Set());
  return waits;
}

function accessesOfShares(step: PlainStep, { sharesOf, packedOf, placeOf }: WaitOptions): Access[] {
  const shares = sharesOf(step);
  const values = shares.map(valuesOf);
  const first = defined(values[0], "share");
  const access = (kind: "reads" | "writes", index: number): Access => ({
    isWrite: kind === "writes",
    byThread: values.map((of) => {
      const value = of[kind][index];
      return value?.kind === "memory" ? rangeOf(value, placeOf) : undefined;
    }),
  });
  const packed = shares.map((share, thread) => {
    const value = packedOf(share);
    return value === undefined ? undefined : alone(thread, value, false, placeOf);
  });
  return [
    ...first.reads.map((_, index) => access("reads", index)),
    ...first.writes.map((_, index) => access("writes", index)),
    ...packed.filter((of) => of !== undefined),
  ];
}

function accessesBefore(loop: LoopStep, { before, placeOf }: WaitOptions): Access[] {
  return before(loop).flatMap(({ thread, reads, writes }) => [
    ...reads.map((value) => alone(thread, value, false, placeOf)),
    ...writes.map((value) => alone(thread, value, true, placeOf)),
  ]);
}

/** What only one thread does. */
function alone(thread: number, value: MemoryValue, isWrite: boolean, placeOf: WaitOptions["placeOf"]): Access {
  return { isWrite, byThread: [...new Array<undefined>(thread).fill(undefined), rangeOf(value, placeOf)] };
}

function conflict(a: Access, b: Access): boolean {
  if (!(a.isWrite || b.isWrite)) return false;
  const [some, other] = [a.byThread.find((range) => range), b.byThread.find((range) => range)];
  if (some === undefined || other === undefined || !mayMeet(some, other)) return false;
  return a.byThread.some((mine, i) =>
    b.byThread.some((theirs, k) => i !== k && mine !== undefined && theirs !== undefined && overlap(mine, theirs)),
  );
}
