/** English words and their pronunciation, from the npm package `cmu-pronouncing-dictionary`. */
import { dictionary } from "cmu-pronouncing-dictionary";
import { shuffled, splitHeldOut } from "tapegrad";

export interface Pronunciation {
  /** Letters a to z. */
  readonly word: string;
  /** In the ARPABET, without the marks of stress: "tape" is T EY P. */
  readonly phonemes: readonly string[];
}

/** Words of two to twelve letters; of several pronunciations the first, without the comments that some have. */
export function words(): Pronunciation[] {
  return Object.entries(dictionary).flatMap(([word, spoken]) =>
    /^[a-z]{2,12}$/.test(word) ? [{ word, phonemes: spoken.replace(/ #.*/, "").replaceAll(/\d/g, "").split(" ") }] : [],
  );
}

/** Words in a random order, no more than `limit`, 2000 of them, or a tenth of a small number, held out. */
export function readPronunciations({ seed, limit }: { readonly seed: number; readonly limit?: number | undefined }) {
  const chosen = shuffled(words(), seed).slice(0, limit);
  return splitHeldOut(chosen, { share: Math.min(0.1, 2000 / chosen.length), seed });
}

/**
 * Pronounces without learning anything but counts: every letter by itself. What each stands for is counted in the words that
 * have as many phonemes as letters; a letter that is none of its own there, like the second of a pair, is spoken all the same.
 */
export function letterByLetter(training: readonly Pronunciation[]): (word: string) => string[] {
  const counts = new Map<string, Map<string, number>>();
  for (const { word, phonemes } of training) {
    if (word.length !== phonemes.length) continue;
    for (const [index, phoneme] of phonemes.entries()) {
      const letter = word.charAt(index);
      const row = counts.get(letter) ?? new Map<string, number>();
      counts.set(letter, row.set(phoneme, (row.get(phoneme) ?? 0) + 1));
    }
  }
  const likeliest = new Map(
    Array.from(counts, ([letter, row]) => [letter, [...row].sort(([, a], [, b]) => b - a)[0]?.[0]]),
  );
  return (word) => Array.from(word, (letter) => likeliest.get(letter)).filter((phoneme) => phoneme !== undefined);
}

/** The least number of insertions, deletions and replacements that turn one sequence into the other (Levenshtein, 1966). */
export function editDistance(from: readonly unknown[], to: readonly unknown[]): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, item] of from.entries()) {
    const next = [index + 1];
    for (const [column, other] of to.entries()) {
      const replaced = (row[column] ?? 0) + (item === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** Edits per phoneme that is to be spoken: 0 is perfect, silence has 1. */
export function phonemeErrorRate(
  found: readonly (readonly string[])[],
  expected: readonly (readonly string[])[],
): number {
  const edits = found.reduce((sum, phonemes, index) => sum + editDistance(phonemes, expected[index] ?? []), 0);
  return edits / expected.reduce((sum, phonemes) => sum + phonemes.length, 0);
}
