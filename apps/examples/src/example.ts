/** The interface of the programs: their options and their reports. */
import type { Display } from "./display.ts";

export interface ExampleOptions {
  readonly steps: number;
  /** Of all that is random. */
  readonly seed: number;
  /** Uses no more than so many items of the data; all by default. */
  readonly limit?: number | undefined;
}

export interface Outcome {
  /** Of the training steps, in order. */
  readonly losses: readonly number[];
  readonly scores: readonly Score[];
}

/** A share of something, from 0 to 1 (an error rate may be above), on data that was not trained on. */
export interface Score {
  readonly name: string;
  readonly value: number;
  /** The same, reached without learning. */
  readonly baselines: Readonly<Record<string, number>>;
}

export type Run = (options: ExampleOptions, display: Display) => Promise<Outcome>;

export function describeScore({ name, value, baselines }: Score): string {
  const lines = Object.entries(baselines).map(([baseline, share]) => `${baseline}: ${percent(share)}`);
  return `${name}: ${percent(value)} (${lines.join("; ")})`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** The share of pairs that are equal. */
export function agreement(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  return Array.from(found).filter((value, index) => value === expected[index]).length / expected.length;
}

/** How often the most frequent of `values` occurs, as a share; and which it is. */
export function mostFrequent<T>(values: readonly T[]): { readonly value: T | undefined; readonly share: number } {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [top] = [...counts].sort(([, a], [, b]) => b - a);
  return { value: top?.[0], share: (top?.[1] ?? 0) / values.length };
}
