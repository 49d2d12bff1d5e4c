/** Who runs a Program, and from what size on it is worth to share the work. */
import type { BarrierOptions } from "./barrier.ts";
import type { Division } from "./divide.ts";

export interface Grain extends Omit<Division, "threads" | "fma"> {
  /** Nanoseconds: a step of which a thread would have less is not worth a barrier. */
  readonly shortestShare: number;
  /** Nanoseconds: a Program of which less can be saved is not worth waking threads. */
  readonly leastSaved: number;
}

export interface Crew extends BarrierOptions {
  readonly grain: Grain;
}

export const usualGrain: Grain = {
  shortestShare: 1_000,
  leastSaved: 100_000,
  fewestRows: 10,
  fewestColumns: 32,
  line: 16,
};

/** Divides whatever can be divided. */
export const finestGrain: Grain = { shortestShare: 0, leastSaved: 0, fewestRows: 1, fewestColumns: 1, line: 1 };
