/** What makes a text fit to train on, and how its characters are written on the page. */

/** In characters: more would not be read in the time that anyone watches. */
export const longestText = 500_000;

/** What the visitor should change about `text`, or undefined when it can be trained on. */
export function problemOf(text: string): string | undefined {
  if (text === "") return "There is no text. Type or paste one, or choose an example.";
  const length = lengthOf(text);
  if (length < 3)
    return "The text is too short. Give at least three characters, so that there is something to predict.";
  if (new Set(text).size < 2) return "The text repeats one character. Use at least two different ones.";
  if (length > longestText) {
    const limit = longestText.toLocaleString("en");
    return `The text is too long: ${length.toLocaleString("en")} characters. Give at most ${limit}.`;
  }
  return undefined;
}

/** As the engine counts: code points, not UTF-16 units. */
export function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

/** The first `count` characters of `text`. */
export function beginningOf(text: string, count: number): string {
  // A character is at most two UTF-16 units.
  return [...text.slice(0, 2 * count)].slice(0, count).join("");
}

/** A visible sign for a character that has none. */
export function visible(character: string): string {
  return signs[character] ?? character;
}

const signs: Readonly<Record<string, string>> = { " ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍" };
