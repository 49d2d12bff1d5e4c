/** Hyphenation: the patterns of TeX (npm package `hyphen`), applied to the words of the dictionary. */
import hyphen from "hyphen/en-us/index.js";
import { shuffled, splitHeldOut } from "tapegrad";
import { words } from "./pronunciations.ts";

export interface HyphenatedWord {
  readonly word: string;
  /** For each letter 1 if a hyphen may follow it, else 0. */
  readonly tags: readonly number[];
}

/** Words of six letters or more in a random order, no more than `limit`, 2000 of them, or a tenth of a small number, held out. */
export function readHyphenatedWords({ seed, limit }: { readonly seed: number; readonly limit?: number | undefined }) {
  const long = words().flatMap(({ word }) => (word.length >= 6 ? [word] : []));
  const chosen = shuffled(long, seed).slice(0, limit).map(hyphenate);
  return splitHeldOut(chosen, { share: Math.min(0.1, 2000 / chosen.length), seed });
}

export function hyphenate(word: string): HyphenatedWord {
  const parts = hyphen.hyphenateSync(word, { hyphenChar: "-" }).split("-");
  const tags = parts.flatMap((part, index) => {
    const last = index < parts.length - 1 ? 1 : 0;
    return Array.from(part, (_, letter) => (letter === part.length - 1 ? last : 0));
  });
  return { word, tags };
}

/** `hyphen-ation`, from letters and tags. */
export function withHyphens(word: string, tags: readonly number[]): string {
  return Array.from(word, (letter, index) => (tags[index] === 1 ? `${letter}-` : letter)).join("");
}

/**
 * The harmonic mean of how many of the hyphens found are right and how many of the right ones are found (F1).
 */
export function hyphenScore(found: readonly (readonly number[])[], expected: readonly (readonly number[])[]): number {
  const [a, b] = [found.flat(), expected.flat()];
  const both = a.filter((tag, index) => tag === 1 && b[index] === 1).length;
  const marked = a.filter((tag) => tag === 1).length + b.filter((tag) => tag === 1).length;
  return marked === 0 ? 1 : (2 * both) / marked;
}
