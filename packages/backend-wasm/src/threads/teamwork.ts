/** Code that all threads run: who takes which share of a step, and where they wait for each other. */

import {
  isPlain,
  type LoopStep,
  type MatmulStep,
  type MemoryPlan,
  type MemoryValue,
  type PlainStep,
  type Step,
} from "@tapegrad/compiler";
import {
  call,
  type Expression,
  type FunctionBuilder,
  type FunctionRef,
  i32,
  type ModuleBuilder,
} from "../assembler/index.ts";
import { type BarrierOptions, emitBarrier } from "./barrier.ts";
import type { Shares } from "./shares.ts";
import { waitsOf } from "./waits.ts";

export interface SharedWork {
  readonly steps: readonly Step[];
  readonly shares: Shares;
  readonly plan: MemoryPlan;
  /** What products read that was packed for them, and for which of them that happens before a loop. */
  readonly products: {
    packedOf(share: Step): MemoryValue | undefined;
    packedBefore(loop: LoopStep): readonly MatmulStep[];
  };
}

export class Teamwork {
  readonly #shares: Shares;
  readonly #waits: ReadonlySet<Step>;
  readonly #barrier: FunctionRef<["i32"], "none">;
  readonly #thread: Expression<"i32">;

  /** `thread` is the number of the thread that runs the code. */
  constructor(module: ModuleBuilder, thread: Expression<"i32">, work: SharedWork, options: BarrierOptions) {
    this.#thread = thread;
    this.#shares = work.shares;
    this.#waits = waitsIn(work);
    this.#barrier = emitBarrier(module, options);
  }

  /** A step: its shares, each for its thread, or for all threads a loop. */
  emit(f: FunctionBuilder, step: Step, emit: (step: Step) => void): void {
    if (this.#waits.has(step)) this.wait(f);
    if (!isPlain(step)) emit(step);
    else for (const share of this.#shares.of(step)) this.alone(f, share, () => emit(share));
  }

  /** Code for the thread whose share it is. */
  alone(f: FunctionBuilder, share: PlainStep, emit: () => void): void {
    f.if(i32.eq(this.#thread, this.#shares.threadOf(share)), emit);
  }

  /** Code that gets all threads to the same point. */
  wait(f: FunctionBuilder): void {
    f.do(call(this.#barrier, this.#thread));
  }
}

/** The steps before which the threads wait for each other. */
export function waitsIn({ steps, shares, plan, products }: SharedWork): ReadonlySet<Step> {
  return waitsOf(steps, {
    sharesOf: (step) => shares.of(step),
    packedOf: (share) => products.packedOf(share),
    before: (loop) =>
      products.packedBefore(loop).map((share) => {
        const packed = products.packedOf(share);
        return { thread: shares.threadOf(share), reads: [share.right], writes: packed === undefined ? [] : [packed] };
      }),
    placeOf: (storage) => plan.addresses.get(storage),
  });
}
