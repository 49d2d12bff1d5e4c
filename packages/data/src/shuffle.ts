/** Shuffles a data set, and holds part of it out. */
import { checkCount, checkFunction, checkRange, optionsOf } from "@tapegrad/core/internal";
import { listOf } from "./inputs.ts";
import { permutation } from "./random.ts";

/**
 * `items` in a random order that depends on nothing but `seed` and their number.
 * @throws TapegradError for a bad seed.
 * @pytorch torch.randperm
 * @example
 * import { shuffled } from "tapegrad";
 * console.log(shuffled(["a", "b", "c", "d"], 1)); // → [ 'd', 'a', 'b', 'c' ]
 */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const list = listOf("shuffled", "items", items);
  return Array.from(permutation(list.length, checkCount("shuffled", "seed", seed)), (index) => at(list, index));
}

/** Options of `splitHeldOut`. */
export interface SplitOptions<T> {
  /** Part of the items, or of the groups, that is held out; 0.1 by default. */
  readonly share?: number | undefined;
  readonly seed: number;
  /**
   * Items of one group stay on one side: spellings of one word, say, which would otherwise be learned here and asked for
   * there. By default every item is a group of its own.
   */
  readonly groupOf?: ((item: T) => unknown) | undefined;
}

const splitOptions = { share: true, seed: true, groupOf: checkGroupOf } as const;

/**
 * A random part of `items` to test on, and the rest, both in the order that they had.
 * @throws TapegradError for a bad seed, or a share outside [0, 1].
 * @pytorch torch.utils.data.random_split
 * @example
 * import { splitHeldOut } from "tapegrad";
 * const { training, heldOut } = splitHeldOut([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], { share: 0.2, seed: 1 });
 * console.log(`${training} | ${heldOut}`); // → 0,1,2,3,4,6,7,9 | 5,8
 */
export function splitHeldOut<T>(items: readonly T[], options: SplitOptions<T>): { training: T[]; heldOut: T[] } {
  const op = "splitHeldOut";
  const { share = 0.1, seed, groupOf } = optionsOf<SplitOptions<T>>(op, options, splitOptions);
  checkRange(op, "share", share, (part) => part >= 0 && part <= 1, "0 ≤ share ≤ 1");
  const list = listOf(op, "items", items);
  const groups = list.map((item, index) => (groupOf === undefined ? index : groupOf(item)));
  const distinct = shuffled([...new Set(groups)], checkCount(op, "seed", seed));
  const chosen = new Set(distinct.slice(0, Math.round(distinct.length * share)));
  const side = (isHeldOut: boolean) => list.filter((_, index) => chosen.has(groups[index]) === isHeldOut);
  return { training: side(false), heldOut: side(true) };
}

function checkGroupOf(op: string, what: string, groupOf: () => unknown): unknown {
  return checkFunction(op, what, groupOf, "{ groupOf: (item) => item.word }");
}

function at<T>(items: readonly T[], index: number): T {
  return items[index] as T; // `index` comes from a permutation of the indices; undefined may be an item.
}
