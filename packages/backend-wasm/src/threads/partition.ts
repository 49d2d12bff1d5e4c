/** Which thread does what: the steps of a Program that are worth dividing, as one step per thread. */
import { bodiesOf, isPlain, type LoopStep, type MatmulStep, type PlainStep, type Step } from "@tapegrad/compiler";
import { type Order, orderOfPart } from "../matmul/index.ts";
import { type Flags, specOf } from "../program/generate-matmul.ts";
import type { Grain, PoolSettings } from "./grain.ts";
import { partitionStep } from "./partition-step.ts";
import { nanosecondsOf } from "./step-time.ts";

export class Partition {
  readonly threads: number;
  readonly #grain: Grain;
  readonly #parts = new Map<Step, readonly PlainStep[]>();
  readonly #threads = new Map<Step, number>();
  /** The products that parts are of. */
  readonly #wholes = new Map<Step, MatmulStep>();
  readonly #fma: boolean;

  private constructor(threads: number, grain: Grain, fma: boolean) {
    this.threads = threads;
    this.#grain = grain;
    this.#fma = fma;
  }

  /** Undefined if one thread does it as well, and where steps branch, which only one thread would decide. */
  static of(steps: readonly Step[], settings: PoolSettings, fma: boolean): Partition | undefined {
    if (branches(steps)) return undefined;
    let best: { readonly partition: Partition; readonly saved: number } | undefined;
    // What is too small to be divided among all may be large enough for some.
    for (let { threads } = settings; threads > 1; threads = Math.ceil(threads / 2)) {
      const partition = new Partition(threads, settings.grain, fma);
      const saved = partition.#partitionSteps(steps) * (1 - 1 / threads);
      if (best === undefined || saved > best.saved) best = { partition, saved };
    }
    return best === undefined || best.saved < settings.grain.leastSaved ? undefined : best.partition;
  }

  /** Thread by thread; one alone is for the first thread. */
  of<S extends PlainStep>(step: S): readonly S[] {
    // The one unchecked cast: what a step is divided into is of its kind.
    return (this.#parts.get(step) as readonly S[] | undefined) ?? [step];
  }

  /** The thread whose part it is. */
  threadOf(part: Step): number {
    return this.#threads.get(part) ?? 0;
  }

  /** How the sums of a part are made: as those of the whole. Batches are divided by matrices, each of which is whole. */
  orderOf(part: MatmulStep, flags: Flags): Order | undefined {
    const whole = this.#wholes.get(part);
    if (whole === undefined || whole.to.shape.length > 2) return undefined;
    const parts = this.of(whole);
    const rowsOf = ({ to }: MatmulStep) => to.shape[0] ?? 1;
    const isByRows = rowsOf(part) < rowsOf(whole);
    const before = isByRows ? parts.slice(0, parts.indexOf(part)) : [];
    const first = before.reduce((sum, step) => sum + rowsOf(step), 0);
    return orderOfPart(specOf(whole, flags), first, rowsOf(part));
  }

  /** The time, on one thread, of what is divided. */
  #partitionSteps(steps: readonly Step[]): number {
    return steps.reduce(
      (sum, step) => sum + (isPlain(step) ? this.#plain(step) : step.kind === "loop" ? this.#loop(step) : 0),
      0,
    );
  }

  #loop({ body, length }: LoopStep): number {
    return length * this.#partitionSteps(body);
  }

  #plain(step: PlainStep): number {
    const cost = nanosecondsOf(step);
    const options = { ...this.#grain, threads: this.threads, fma: this.#fma };
    const parts = cost < options.shortestPart * options.threads ? undefined : partitionStep(step, options);
    if (parts === undefined) return 0;
    this.#parts.set(step, parts);
    for (const [thread, part] of parts.entries()) {
      this.#threads.set(part, thread);
      if (step.kind === "matmul") this.#wholes.set(part, step);
    }
    return cost;
  }
}

function branches(steps: readonly Step[]): boolean {
  return steps.some((step) => step.kind === "cond" || (!isPlain(step) && bodiesOf(step).some(branches)));
}
