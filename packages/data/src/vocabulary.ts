/** The characters of a text as token numbers. */
import { TapegradError } from "@tapegrad/core";

export class Vocabulary {
  /** By token; each is one Unicode code point. */
  readonly characters: readonly string[];
  readonly #tokens: ReadonlyMap<string, number>;

  /** @throws TapegradError when characters repeat or are not single code points. */
  constructor(characters: Iterable<string>) {
    this.characters = [...characters];
    this.#tokens = new Map(this.characters.map((character, token) => [character, token]));
    if (
      this.#tokens.size !== this.characters.length ||
      this.characters.some((character) => [...character].length !== 1)
    ) {
      throw new TapegradError(
        "Vocabulary",
        "characters repeat or are not single code points",
        "use Vocabulary.of(text)",
      );
    }
  }

  /** The characters of `text`, in the order of their code points. */
  static of(text: string): Vocabulary {
    return new Vocabulary([...new Set(text)].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0)));
  }

  get size(): number {
    return this.characters.length;
  }

  /** Distinct characters of `text` that have no token. */
  unknown(text: string): string[] {
    return [...new Set(text)].filter((character) => !this.#tokens.has(character));
  }

  /** One token per code point. @throws TapegradError naming the characters that have none. */
  encode(text: string): Int32Array {
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

  /** @throws TapegradError for a token out of range. */
  decode(tokens: Iterable<number>): string {
    return Array.from(tokens, (token) => {
      const character = this.characters[token];
      if (character === undefined)
        throw new TapegradError("Vocabulary", `no character for token ${token}`, `tokens are 0 to ${this.size - 1}`);
      return character;
    }).join("");
  }
}
