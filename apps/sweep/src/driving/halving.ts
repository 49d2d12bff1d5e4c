/**
 * Successive halving (Jamieson & Talwalkar 2016, Algorithm 1; in the form of Li et al. 2018, Algorithm 1, with s = 0). Of n
 * trials, rung k = 0, 1, … trains nₖ = ⌊n η^−k⌋ with budget rₖ = r ηᵏ, and the best ⌊nₖ / η⌋ go on to the next.
 *
 * Li et al. promote a trial as soon as it is among the best 1/η of those that have finished, so that no worker waits; which
 * ones these are depends on who finishes first. Here a rung is decided when all of it is there: the same trials go on whatever
 * the number of workers, and whichever of them is killed.
 */
import type { CheckedSweep } from "../description/check-sweep.ts";

export interface Outcome {
  readonly trial: number;
  /** Undefined for a trial that failed. */
  readonly value: number | undefined;
}

type Sizes = Pick<CheckedSweep, "trials" | "budget" | "factor">;

/** rₖ = r ηᵏ. */
export function budgetOf({ budget, factor }: Sizes, rung: number): number {
  return budget * factor ** rung;
}

/** nₖ = ⌊n η^−k⌋. */
export function sizeOf({ trials, factor }: Sizes, rung: number): number {
  return Math.floor(trials / factor ** rung);
}

/** Small values first; what is no finite number comes last, failed trials after it. Of equals, the lower number comes first. */
export function ranked<O extends Outcome>(outcomes: Iterable<O>): O[] {
  const key = ({ value }: Outcome) => (value === undefined ? 2 : Number.isFinite(value) ? 0 : 1);
  return [...outcomes].sort(
    (a, b) => key(a) - key(b) || (key(a) === 0 ? (a.value ?? 0) - (b.value ?? 0) : 0) || a.trial - b.trial,
  );
}

/** The trials of the next rung, in their order. A trial without a finite value never goes on. */
export function survivors(outcomes: Iterable<Outcome>, count: number): number[] {
  const able = ranked(outcomes).filter(({ value }) => Number.isFinite(value));
  return able
    .slice(0, count)
    .map(({ trial }) => trial)
    .sort((a, b) => a - b);
}
