/**
 * Finds the steps before which threads have to wait for each other: a step reads or writes a place that another thread has
 * written since the last wait, or writes a place that another thread has read.
 */

import { type LoopStep, type MemoryValue, type PlainStep, type Step, type Storage, valuesOf } from "@tapegrad/compiler";
import { defined } from "@tapegrad/core/internal";
import { type ByteRange, byteRangeOf, mayMeet, overlap } from "./byte-range.ts";

/** One value of a step: what each thread covers of it, in one storage. */
interface ValueAccess {
  readonly isWrite: boolean;
  readonly byThread: readonly (ByteRange | undefined)[];
}

/** What a thread does where a loop begins. */
export interface ThreadWork {
  readonly thread: number;
  readonly reads: readonly MemoryValue[];
  readonly writes: readonly MemoryValue[];
}

export interface BarrierPlacement {
  /** A step as its threads' parts; a single one is the first thread's. */
  readonly partsOf: (step: PlainStep) => readonly PlainStep[];
  /** What a part reads besides its values. */
  readonly packedOf: (part: PlainStep) => MemoryValue | undefined;
  /** What threads do before a loop begins; if it is anything, they wait for each other after it. */
  readonly before: (loop: LoopStep) => readonly ThreadWork[];
  readonly placeOf: (storage: Storage) => number | undefined;
}

/** The steps that need a barrier before them; a loop stands for its beginning, with what is done there. */
export function barriersBetween(steps: readonly Step[], options: BarrierPlacement): ReadonlySet<Step> {
  const barriers = new Set<Step>();
  const known = new Map<Step, readonly ValueAccess[]>();
  const accessesOf = (step: Step) => {
    if (step.kind === "cond") throw new Error("internal: a branch is for one thread");
    const accesses =
      known.get(step) ?? (step.kind === "loop" ? accessesBefore(step, options) : accessesOfParts(step, options));
    known.set(step, accesses);
    return accesses;
  };
  /** Takes what was done since the threads last waited from before the step to after it. */
  const visit = (step: Step, since: ReadonlySet<ValueAccess>): ReadonlySet<ValueAccess> => {
    const accesses = accessesOf(step);
    const needsBarrier = accesses.some((access) => [...since].some((earlier) => conflict(earlier, access)));
    if (needsBarrier) barriers.add(step);
    else barriers.delete(step);
    if (step.kind === "loop" && accesses.length > 0) return loop(step, new Set());
    const after = new Set([...(needsBarrier ? [] : since), ...accesses]);
    return step.kind === "loop" ? loop(step, after) : after;
  };
  /** A round begins after what came before the loop or after another round. */
  const loop = ({ body, length }: LoopStep, since: ReadonlySet<ValueAccess>): ReadonlySet<ValueAccess> => {
    let before = new Set(since);
    for (;;) {
      const after = walk(body, before);
      const both = new Set([...before, ...after]);
      if (both.size === before.size) return length > 0 ? after : since;
      before = both;
    }
  };
  const walk = (list: readonly Step[], since: ReadonlySet<ValueAccess>) =>
    list.reduce((done, step) => visit(step, done), since);
  walk(steps, new Set());
  return barriers;
}

function accessesOfParts(step: PlainStep, { partsOf, packedOf, placeOf }: BarrierPlacement): ValueAccess[] {
  const parts = partsOf(step);
  const values = parts.map(valuesOf);
  const first = defined(values[0], "part");
  const access = (kind: "reads" | "writes", index: number): ValueAccess => ({
    isWrite: kind === "writes",
    byThread: values.map((of) => {
      const value = of[kind][index];
      return value?.kind === "memory" ? byteRangeOf(value, placeOf) : undefined;
    }),
  });
  const packed = parts.map((part, thread) => {
    const value = packedOf(part);
    return value === undefined ? undefined : alone(thread, value, false, placeOf);
  });
  return [
    ...first.reads.map((_, index) => access("reads", index)),
    ...first.writes.map((_, index) => access("writes", index)),
    ...packed.filter((of) => of !== undefined),
  ];
}

function accessesBefore(loop: LoopStep, { before, placeOf }: BarrierPlacement): ValueAccess[] {
  return before(loop).flatMap(({ thread, reads, writes }) => [
    ...reads.map((value) => alone(thread, value, false, placeOf)),
    ...writes.map((value) => alone(thread, value, true, placeOf)),
  ]);
}

/** What only one thread does. */
function alone(
  thread: number,
  value: MemoryValue,
  isWrite: boolean,
  placeOf: BarrierPlacement["placeOf"],
): ValueAccess {
  return { isWrite, byThread: [...new Array<undefined>(thread).fill(undefined), byteRangeOf(value, placeOf)] };
}

function conflict(a: ValueAccess, b: ValueAccess): boolean {
  if (!(a.isWrite || b.isWrite)) return false;
  const [some, other] = [a.byThread.find((range) => range), b.byThread.find((range) => range)];
  if (some === undefined || other === undefined || !mayMeet(some, other)) return false;
  return a.byThread.some((mine, i) =>
    b.byThread.some((theirs, k) => i !== k && mine !== undefined && theirs !== undefined && overlap(mine, theirs)),
  );
}
