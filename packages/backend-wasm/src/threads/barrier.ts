/**
 * A barrier at which all threads wait for each other. The last thread to arrive begins the next generation. The others poll its
 * number for a while, and then sleep. Once a thread has failed, every thread at a barrier traps, because it would wait forever.
 */
import { atomic, type FunctionRef, i32, type ModuleBuilder } from "../assembler/index.ts";
import { control } from "./control.ts";

export interface BarrierOptions {
  readonly threads: number;
  /** Whether the first thread may sleep: not where it draws a page. */
  readonly canFirstSleep: boolean;
}

/** Looks before sleeping: some 50 µs, as long as waking up takes. */
const spins = 40_000;

/** The function's parameter is the thread's number. */
export function emitBarrier(
  module: ModuleBuilder,
  { threads, canFirstSleep }: BarrierOptions,
): FunctionRef<["i32"], "none"> {
  return module.function("barrier", ["i32"], "none", (f, [thread]) => {
    const generation = atomic.load(0, control.generation);
    const before = f.let(generation);
    const isSame = i32.eq(generation, before);
    // To be looked at after the generation: a failure is written down before the generation that it ends.
    const trapOnFailure = () => f.if(atomic.load(0, control.failure), () => f.unreachable());
    trapOnFailure();
    f.if(
      i32.eq(atomic.add(0, 1, control.arrivals), threads - 1),
      () => {
        f.do(atomic.store(0, 0, control.arrivals));
        f.do(atomic.store(0, i32.add(before, 1), control.generation));
        f.if(atomic.load(0, control.sleepers), () => f.do(atomic.notify(0, -1, control.generation)));
      },
      () => {
        const looks = f.local("i32");
        const maySleep = canFirstSleep ? i32.constant(1) : i32.ne(thread, 0);
        f.loop((next) => {
          f.set(looks, i32.add(looks, 1));
          f.if(i32.and(i32.gtU(looks, spins), maySleep), () => {
            f.do(atomic.add(0, 1, control.sleepers));
            f.do(atomic.wait(0, before, -1, control.generation));
            f.do(atomic.add(0, -1, control.sleepers));
          });
          f.brIf(next, isSame);
        });
        trapOnFailure();
      },
    );
  });
}
