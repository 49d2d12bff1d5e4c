/** The characters of a text as token numbers, or any other symbols that sequences are made of, such as phonemes. */
import { TapegradError } from "@tapegrad/core";

export class Vocabulary {
  /** By token: single Unicode code points, or symbols of any length. */
  readonly characters: readonly string[];
  readonly #tokens: ReadonlyMap<string, number>;

  /** A string gives its code points. @throws TapegradError when symbols repeat or are empty. */
  constructor(characters: Iterable<string>) {
    this.characters = [...characters];
    this.#tokens = new Map(this.characters.map((character, token) => [character, token]));
    if (this.#tokens.size !== this.characters.length || this.#tokens.has("")) {
      throw new TapegradError("Vocabulary", "symbols repeat or are empty", "use Vocabulary.of(text)");
    }
  }

  /** The distinct characters of a text, or symbols of a list, in the order of their code points. */
  static of(text: Iterable<string>): Vocabulary {
    return new Vocabulary([...new Set(text)].sort(compareCodePoints));
  }

  get size(): number {
    return this.characters.length;
  }

  /** Distinct characters of a text, or symbols of a list, that have no token. */
  unknown(text: Iterable<string>): string[] {
    return [...new Set(text)].filter((character) => !this.#tokens.has(character));
  }

  /** One token per code point of a text, or symbol of a list. @throws TapegradError naming those that have none. */
  encode(text: Iterable<string>): Int32Array {
    const unknown = this.unknown(text);
    if (unknown.length > 0) {
      const list = unknown.map((character) => JSON.stringify(character)).join(" ");
      throw new TapegradError(
        "Vocabulary",
        `characters without a token: ${list}`,
        `use the ${this.size} characters of the training text`,
      );
    }
    return Int32Array.from(text, (character) => this.#tokens.get(character) ?? -1);
  }

  /** The characters in a row. @throws TapegradError for a token out of range. */
  decode(tokens: Iterable<number>): string {
    return this.symbols(tokens).join("");
  }

  /** One by one. @throws TapegradError for a token out of range. */
  symbols(tokens: Iterable<number>): string[] {
    return Array.from(tokens, (token) => {
      const character = this.characters[token];
      if (character === undefined)
        throw new TapegradError("Vocabulary", `no character for token ${token}`, `tokens are 0 to ${this.size - 1}`);
      return character;
    });
  }
}

function compareCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (const [index, character] of left.entries()) {
    const difference = (character.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? -1);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
