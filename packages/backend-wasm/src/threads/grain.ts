/** From what size on a step is worth dividing among threads, and how finely. */
import type { BarrierOptions } from "./barrier.ts";
import type { PartitionOptions } from "./partition-step.ts";

export interface Grain extends Omit<PartitionOptions, "threads" | "fma"> {
  /** Nanoseconds: a step of which a thread would have less is not worth a barrier. */
  readonly shortestPart: number;
  /** Nanoseconds: a Program of which less can be saved is not worth waking threads. */
  readonly leastSaved: number;
}

export interface PoolSettings extends BarrierOptions {
  readonly grain: Grain;
}

export const usualGrain: Grain = {
  shortestPart: 1_000,
  leastSaved: 100_000,
  fewestRows: 10,
  fewestColumns: 32,
  line: 16,
};

/** Divides whatever can be divided. */
export const finestGrain: Grain = { shortestPart: 0, leastSaved: 0, fewestRows: 1, fewestColumns: 1, line: 1 };
