/**
 * Features of a text that a unit may follow, as a table: each gives a number per character, computed from the text up to that
 * character.
 */

export interface Feature {
  readonly id: FeatureId;
  /** Of each character: 1 where it holds and 0 where not, or a position. */
  readonly values: Float32Array;
  /** Whether values are 0 or 1: then units are judged by AUC, otherwise by correlation. */
  readonly isYesOrNo: boolean;
}

export const featureIds = [
  "quotes",
  "round",
  "square",
  "curly",
  "column",
  "wordEnd",
  "space",
  "vowel",
  "upper",
  "digit",
  "lineStart",
] as const;
export type FeatureId = (typeof featureIds)[number];

type Values = (characters: readonly string[]) => ArrayLike<number>;

const where = (holds: (character: string, at: number, all: readonly string[]) => boolean): Values => {
  return (characters) => characters.map((character, at) => (holds(character, at, characters) ? 1 : 0));
};

/** From an opening sign, which counts, to its closing one, which does not; a paragraph's end closes all that is open. */
function inside(opening: string, closing: string): Values {
  return (characters) => {
    let depth = 0;
    return characters.map((character, at) => {
      const isOpen = depth > 0;
      if (character === "\n" && characters[at - 1] === "\n") depth = 0;
      else if (closing.includes(character) && (isOpen || !opening.includes(character))) depth = Math.max(0, depth - 1);
      else if (opening.includes(character)) depth++;
      return depth > 0 ? 1 : 0;
    });
  };
}

/** Characters since the line began. */
const column: Values = (characters) => {
  let position = 0;
  return characters.map((character) => {
    position = character === "\n" ? 0 : position + 1;
    return position;
  });
};

/** The first sign of a line that is no space has not been read yet. */
const lineStart: Values = (characters) => {
  let isStart = true;
  return characters.map((character) => {
    isStart = character === "\n" || (isStart && character === " ");
    return isStart ? 1 : 0;
  });
};

const isLetter = (character = "") => /^\p{L}$/u.test(character);

const features: Readonly<Record<FeatureId, Values>> = {
  quotes: inside('“‘"«„', '”’"»'),
  round: inside("(", ")"),
  square: inside("[", "]"),
  curly: inside("{", "}"),
  column,
  wordEnd: where((character, at, all) => isLetter(character) && at + 1 < all.length && !isLetter(all[at + 1])),
  space: where((character) => character === " "),
  vowel: where((character) => /^[aeiouyàáâäåæèéêëìíîïòóôöøœùúûü]$/i.test(character)),
  upper: where((character) => /^\p{Lu}$/u.test(character)),
  digit: where((character) => /^\p{Nd}$/u.test(character)),
  lineStart,
};

/** As few characters with and without a feature tell nothing. */
const fewest = 5;

/** Those that the text has and lacks often enough. */
export function featuresOf(characters: readonly string[]): readonly Feature[] {
  return featureIds
    .map((id) => ({ id, values: Float32Array.from(features[id](characters)), isYesOrNo: id !== "column" }))
    .filter(({ values, isYesOrNo }) => {
      const holding = values.filter((value) => value > (isYesOrNo ? 0 : 1)).length;
      return holding >= fewest && values.length - holding >= fewest;
    });
}
