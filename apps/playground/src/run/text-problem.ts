/** Checks whether a text is fit to train on. */
import { runTexts } from "../texts/run.ts";

/** In characters: more would not be read in the time that anyone watches. */
export const longestText = 500_000;

/** What the visitor should change about `text`, or undefined when it can be trained on. */
export function problemOfText(text: string): string | undefined {
  const { problems } = runTexts;
  if (text === "") return problems.empty;
  const length = [...text].length;
  if (length < 3) return problems.short;
  if (new Set(text).size < 2) return problems.repeats;
  return length > longestText ? problems.long(length, longestText) : undefined;
}
