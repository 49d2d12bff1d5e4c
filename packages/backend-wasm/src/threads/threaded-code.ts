/** Code that all threads run: which thread computes which part of a step, and the barriers between steps. */

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
import { barriersBetween } from "./barrier-placement.ts";
import type { Partition } from "./partition.ts";

export interface PartitionedSteps {
  readonly steps: readonly Step[];
  readonly partition: Partition;
  readonly plan: MemoryPlan;
  /** What products read that was packed for them, and for which of them that happens before a loop. */
  readonly products: {
    packedOf(part: Step): MemoryValue | undefined;
    packedBefore(loop: LoopStep): readonly MatmulStep[];
  };
}

export class ThreadedCode {
  readonly #partition: Partition;
  readonly #barriers: ReadonlySet<Step>;
  readonly #barrier: FunctionRef<["i32"], "none">;
  readonly #thread: Expression<"i32">;

  /** `thread` is the number of the thread that runs the code. */
  constructor(module: ModuleBuilder, thread: Expression<"i32">, work: PartitionedSteps, options: BarrierOptions) {
    this.#thread = thread;
    this.#partition = work.partition;
    this.#barriers = barriersIn(work);
    this.#barrier = emitBarrier(module, options);
  }

  /** A step: its parts, each for its thread, or for all threads a loop. */
  emit(f: FunctionBuilder, step: Step, emit: (step: Step) => void): void {
    if (this.#barriers.has(step)) this.wait(f);
    if (!isPlain(step)) emit(step);
    else for (const part of this.#partition.of(step)) this.alone(f, part, () => emit(part));
  }

  /** Code for the thread whose part it is. */
  alone(f: FunctionBuilder, part: PlainStep, emit: () => void): void {
    f.if(i32.eq(this.#thread, this.#partition.threadOf(part)), emit);
  }

  /** Code that gets all threads to the same point. */
  wait(f: FunctionBuilder): void {
    f.do(call(this.#barrier, this.#thread));
  }
}

/** The steps that have a barrier before them. */
export function barriersIn({ steps, partition, plan, products }: PartitionedSteps): ReadonlySet<Step> {
  return barriersBetween(steps, {
    partsOf: (step) => partition.of(step),
    packedOf: (part) => products.packedOf(part),
    before: (loop) =>
      products.packedBefore(loop).map((part) => {
        const packed = products.packedOf(part);
        return { thread: partition.threadOf(part), reads: [part.right], writes: packed === undefined ? [] : [packed] };
      }),
    placeOf: (storage) => plan.addresses.get(storage),
  });
}
