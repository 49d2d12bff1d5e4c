/** Which thread does what: the steps of a Program that are worth dividing, as one step per thread. */
import { bodiesOf, isPlain, type LoopStep, type MatmulStep, type PlainStep, type Step } from "@tapegrad/compiler";
import { type Order, orderOfPart } from "../matmul/index.ts";
import { type Flags, specOf } from "../program/generate-matmul.ts";
import { costOf } from "./cost.ts";
import type { Crew, Grain } from "./crew.ts";
import { divide } from "./divide.ts";

export class Shares {
  readonly threads: number;
  readonly #grain: Grain;
  readonly #shares = new Map<Step, readonly PlainStep[]>();
  readonly #threads = new Map<Step, number>();
  /** The products that shares are of. */
  readonly #wholes = new Map<Step, MatmulStep>();
  readonly #fma: boolean;

  private constructor(threads: number, grain: Grain, fma: boolean) {
    this.threads = threads;
    this.#grain = grain;
    this.#fma = fma;
  }

  /** Undefined if one thread does it as well, and where steps branch, which only one thread would decide. */
  static of(steps: readonly Step[], crew: Crew, fma: boolean): Shares | undefined {
    if (branches(steps)) return undefined;
    let best: { readonly shares: Shares; readonly saved: number } | undefined;
    // What is too small to be divided among all may be large enough for some.
    for (let { threads } = crew; threads > 1; threads = Math.ceil(threads / 2)) {
      const shares = new Shares(threads, crew.grain, fma);
      const saved = shares.#divide(steps) * (1 - 1 / threads);
      if (best === undefined || saved > best.saved) best = { shares, saved };
    }
    return best === undefined || best.saved < crew.grain.leastSaved ? undefined : best.shares;
  }

  /** Thread by thread; one alone is for the first thread. */
  of<S extends PlainStep>(step: S): readonly S[] {
    // The one unchecked cast: what a step is divided into is of its kind.
    return (this.#shares.get(step) as readonly S[] | undefined) ?? [step];
  }

  /** Whose share it is. */
  threadOf(share: Step): number {
    return this.#threads.get(share) ?? 0;
  }

  /** How the sums of a share are made: as those of the whole. Batches are divided by matrices, each of which is whole. */
  orderOf(share: MatmulStep, flags: Flags): Order | undefined {
    const whole = this.#wholes.get(share);
    if (whole === undefined || whole.to.shape.length > 2) return undefined;
    const shares = this.of(whole);
    const rowsOf = ({ to }: MatmulStep) => to.shape[0] ?? 1;
    const isByRows = rowsOf(share) < rowsOf(whole);
    const before = isByRows ? shares.slice(0, shares.indexOf(share)) : [];
    const first = before.reduce((sum, step) => sum + rowsOf(step), 0);
    return orderOfPart(specOf(whole, flags), first, rowsOf(share));
  }

  /** The time, on one thread, of what is divided. */
  #divide(steps: readonly Step[]): number {
    return steps.reduce(
      (sum, step) => sum + (isPlain(step) ? this.#plain(step) : step.kind === "loop" ? this.#loop(step) : 0),
      0,
    );
  }

  #loop({ body, length }: LoopStep): number {
    return length * this.#divide(body);
  }

  #plain(step: PlainStep): number {
    const cost = costOf(step);
    const division = { ...this.#grain, threads: this.threads, fma: this.#fma };
    const shares = cost < division.shortestShare * division.threads ? undefined : divide(step, division);
    if (shares === undefined) return 0;
    this.#shares.set(step, shares);
    for (const [thread, share] of shares.entries()) {
      this.#threads.set(share, thread);
      if (step.kind === "matmul") this.#wholes.set(share, step);
    }
    return cost;
  }
}

function branches(steps: readonly Step[]): boolean {
  return steps.some((step) => step.kind === "cond" || (!isPlain(step) && bodiesOf(step).some(branches)));
}
