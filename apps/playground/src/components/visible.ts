/** A visible sign for a character that has none. */

export function visible(character: string): string {
  return signs[character] ?? character;
}

const signs: Readonly<Record<string, string>> = { " ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍" };
