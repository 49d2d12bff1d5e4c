/** Selects positions of lists and puts them back. Rules of regions use it for operands of which only some take part. */
import { defined } from "@tapegrad/core/internal";

/** The positions whose element satisfies `condition`. */
export function indices<T>(list: readonly T[], condition: (element: T) => boolean): number[] {
  return list.flatMap((element, i) => (condition(element) ? [i] : []));
}

/** The positions whose element is there. */
export function present(list: readonly unknown[]): number[] {
  return indices(list, (element) => element !== undefined);
}

/** The elements at `positions`. */
export function at<T>(list: readonly (T | undefined)[], positions: readonly number[]): T[] {
  return positions.map((i) => defined(list[i], "list element"));
}

/** `list` with `values` at `positions`. */
export function replaced<T>(list: readonly T[], positions: readonly number[], values: readonly T[]): T[] {
  const result = [...list];
  for (const [k, i] of positions.entries()) result[i] = defined(values[k], "replacement");
  return result;
}

/** A list of `length` with `values` at `positions` and nothing elsewhere. */
export function scattered<T>(
  length: number,
  positions: readonly number[],
  values: readonly (T | undefined)[],
): (T | undefined)[] {
  const result = new Array<T | undefined>(length).fill(undefined);
  for (const [k, i] of positions.entries()) result[i] = values[k];
  return result;
}

/** Whether a callback returned the pair that its type says, which JavaScript does not check. */
export function isPair<First, Second>(result: unknown): result is readonly [First, Second] {
  return Array.isArray(result) && result.length === 2;
}

/** The first `count` elements and the rest. */
export function cut<T>(list: readonly T[], count: number): [first: T[], rest: T[]] {
  return [list.slice(0, count), list.slice(count)];
}
