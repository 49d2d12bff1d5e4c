/** The influence of each element as a share of all, by either measure, and which are the largest. */
import type { Influence } from "./answer.ts";

export const measures = ["norm", "signed"] as const;
export type Measure = (typeof measures)[number];

/** Values by the measure, and each divided by the sum of all sizes. */
export interface Shares {
  readonly values: readonly number[];
  readonly shares: readonly number[];
}

export function sharesOf({ norms, products }: Pick<Influence, "norms" | "products">, measure: Measure): Shares {
  const values = Array.from(measure === "norm" ? norms : products);
  const all = values.reduce((sum, value) => sum + Math.abs(value), 0);
  return { values, shares: values.map((value) => (all > 0 ? value / all : 0)) };
}

/** Indices of the `count` largest shares, without regard to sign. */
export function strongest({ shares }: Shares, count: number): readonly number[] {
  return shares
    .map((share, index) => ({ size: Math.abs(share), index }))
    .filter(({ size }) => size > 0)
    .toSorted((a, b) => b.size - a.size)
    .slice(0, count)
    .map(({ index }) => index);
}

/** How many of the elements up to `at` hold nine tenths of the influence, counted from the last one back. */
export function reachOf({ shares }: Shares, at: number): number {
  let sum = 0;
  for (let index = at; index >= 0; index--) {
    sum += Math.abs(shares[index] ?? 0);
    if (sum >= 0.9) return at - index + 1;
  }
  return at + 1;
}
