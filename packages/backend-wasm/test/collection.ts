/** What the garbage collector takes: everything that only caches and registries know. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect: unknown = runInNewContext("gc");

/** A collection, now. What WeakRefs of the current task have seen stays. */
export function gc(): void {
  if (typeof collect !== "function") throw new Error("no garbage collector to call");
  collect();
}

/** Collects until `isDone`, with turns of the event loop in between, in which registries learn what was collected. */
export async function collectUntil(isDone: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20 && !isDone(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    gc();
  }
}

/** How many of the objects that five calls of `make` return are left, once nobody but the library can hold them. */
export async function survivors(make: () => readonly object[]): Promise<number> {
  const made: WeakRef<object>[] = [];
  for (let i = 0; i < 5; i++) {
    made.push(...make().map((object) => new WeakRef(object)));
    await Promise.resolve();
  }
  const left = () => made.filter((reference) => reference.deref() !== undefined).length;
  await collectUntil(() => left() === 0);
  return left();
}

/** By how many bytes typed arrays grow while `round` runs so often, without a turn of the event loop. */
export function growth(round: () => void, rounds: number): number {
  const held = () => {
    for (let i = 0; i < 3; i++) gc(); // Each one ends the sweep of the one before, which goes on beside the program.
    return process.memoryUsage().arrayBuffers;
  };
  for (let i = 0; i < 3; i++) round();
  const before = held();
  for (let i = 0; i < rounds; i++) round();
  return held() - before;
}
