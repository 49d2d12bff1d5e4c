/** Putting a data set into another order, and holding part of it out. */
import { TapegradError } from "@tapegrad/core";
import { checkSeed, permutation } from "./random.ts";

/** `items` in a random order that depends on nothing but `seed` and their number. @throws TapegradError for a bad seed. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  return Array.from(permutation(items.length, checkSeed("shuffled", seed)), (index) => at(items, index));
}

export interface SplitOptions<T> {
  /** Part of the items, or of the groups, that is held out; 0.1 by default. */
  readonly share?: number;
  readonly seed: number;
  /**
   * Items of one group stay on one side: spellings of one word, say, which would otherwise be learned here and asked for
   * there. By default every item is a group of its own.
   */
  readonly groupOf?: (item: T) => unknown;
}

/**
 * A random part of `items` to test on, and the rest, both in the order that they had.
 * @throws TapegradError for a bad seed, or a share outside [0, 1].
 */
export function splitHeldOut<T>(
  items: readonly T[],
  { share = 0.1, seed, groupOf }: SplitOptions<T>,
): { training: T[]; heldOut: T[] } {
  if (!(share >= 0 && share <= 1))
    throw new TapegradError("splitHeldOut", `not a share: ${share}`, "use 0 ≤ share ≤ 1");
  const groups = items.map((item, index) => (groupOf === undefined ? index : groupOf(item)));
  const distinct = shuffled([...new Set(groups)], checkSeed("splitHeldOut", seed));
  const chosen = new Set(distinct.slice(0, Math.round(distinct.length * share)));
  const side = (isHeldOut: boolean) => items.filter((_, index) => chosen.has(groups[index]) === isHeldOut);
  return { training: side(false), heldOut: side(true) };
}

function at<T>(items: readonly T[], index: number): T {
  return items[index] as T; // `index` comes from a permutation of the indices; undefined may be an item.
}
