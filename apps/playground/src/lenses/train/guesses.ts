/** The best guesses for what comes after each element of a reading. */
import type { Reading } from "../../engine/answers/reading.ts";

export interface Guess {
  readonly token: string;
  readonly probability: number;
}

/** After the element at `time` of the passage, the most likely tokens first. */
export function guessesAt(
  { outputs }: Reading,
  vocabulary: readonly string[],
  time: number,
  most: number,
): readonly Guess[] {
  const row = outputs.subarray(time * vocabulary.length, (time + 1) * vocabulary.length);
  return vocabulary
    .map((token, at) => ({ token, probability: row[at] ?? 0 }))
    .toSorted((a, b) => b.probability - a.probability)
    .slice(0, most);
}

/** The part of a passage that is shown: `count` elements, with the cursor in the middle where there are more. */
export function stretchAround(
  cursor: number,
  length: number,
  count: number,
): { readonly from: number; readonly to: number } {
  const from = Math.max(0, Math.min(cursor - Math.floor(count / 2), length - count));
  return { from, to: Math.min(length, from + count) };
}
