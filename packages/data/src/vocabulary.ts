/** Maps the characters of a text, or other symbols of sequences such as phonemes, to token numbers. */
import { DTypeError, TapegradError } from "@tapegrad/core";
import { describeValue } from "@tapegrad/core/internal";
import { checkText } from "./inputs.ts";

/**
 * The symbols of a text, numbered from 0: characters, or other strings such as phonemes. `encode` gives the numbers, an
 * Int32Array of [length]; `decode` gives the symbols, joined to a text.
 * @throws TapegradError for a symbol that it does not have.
 * @example
 * import { Vocabulary } from "tapegrad";
 * const vocabulary = Vocabulary.of("hello");
 * const tokens = vocabulary.encode("hole");
 * console.log(vocabulary.size, vocabulary.decode(tokens)); // → 4 hole
 */
export class Vocabulary {
  /** By token: single Unicode code points, or symbols of any length. */
  readonly characters: readonly string[];
  readonly #tokens: ReadonlyMap<string, number>;

  /** A string gives its code points. @throws TapegradError when symbols repeat or are empty. */
  constructor(characters: Iterable<string>) {
    this.characters = Array.from(checkText("Vocabulary", "symbols", characters), checkSymbol);
    this.#tokens = new Map(this.characters.map((character, token) => [character, token]));
    if (this.#tokens.size !== this.characters.length || this.#tokens.has("")) {
      throw new TapegradError("Vocabulary", "symbols repeat or are empty", "use Vocabulary.of(text)");
    }
  }

  /** The distinct characters of a text, or symbols of a list, in the order of their code points. */
  static of(text: Iterable<string>): Vocabulary {
    return new Vocabulary(
      Array.from(new Set(checkText("Vocabulary", "text", text)), checkSymbol).sort(compareCodePoints),
    );
  }

  /** How many symbols there are; tokens are 0 to size − 1. */
  get size(): number {
    return this.characters.length;
  }

  /** Distinct characters of a text, or symbols of a list, that have no token. */
  unknown(text: Iterable<string>): string[] {
    return [...new Set(checkText("Vocabulary", "text", text))].filter((character) => !this.#tokens.has(character));
  }

  /** One token per code point of a text, or symbol of a list. @throws TapegradError naming those that have none. */
  encode(text: Iterable<string>): Int32Array {
    checkText("Vocabulary", "text", text);
    const unknown = new Set<string>();
    // Int32Array.from would make a list of the symbols first, and end the process where that does not fit.
    let tokens = new Int32Array(typeof text === "string" || Array.isArray(text) ? text.length : 0);
    let count = 0;
    for (const character of text) {
      const token = this.#tokens.get(character);
      if (token === undefined) unknown.add(character);
      if (count === tokens.length) {
        const larger = new Int32Array(Math.max(1024, 2 * count));
        larger.set(tokens);
        tokens = larger;
      }
      tokens[count++] = token ?? -1;
    }
    if (unknown.size > 0) {
      const list = Array.from(unknown, (character) => describeValue(character)).join(" ");
      throw new TapegradError(
        "Vocabulary",
        `characters without a token: ${list}`,
        `use the ${this.size} characters of the training text`,
      );
    }
    return count === tokens.length ? tokens : tokens.slice(0, count);
  }

  /** The characters in a row. @throws TapegradError for a token out of range. */
  decode(tokens: Iterable<number>): string {
    const pieces: string[] = [];
    let piece: string[] = [];
    for (const token of checkText("Vocabulary", "tokens", tokens)) {
      if (piece.push(this.#symbol(token)) < pieceSymbols) continue;
      pieces.push(piece.join(""));
      piece = [];
    }
    return pieces.join("") + piece.join("");
  }

  /** One by one. @throws TapegradError for a token out of range. */
  symbols(tokens: Iterable<number>): string[] {
    return Array.from(checkText("Vocabulary", "tokens", tokens), (token) => this.#symbol(token));
  }

  #symbol(token: number): string {
    const character = typeof token === "number" ? this.characters[token] : undefined;
    if (character !== undefined) return character;
    throw new TapegradError(
      "Vocabulary",
      `no character for token ${describeValue(token)}`,
      `tokens are 0 to ${this.size - 1}`,
    );
  }
}

/** Long texts are decoded in pieces, so that they need not lie in memory symbol by symbol. */
const pieceSymbols = 2 ** 16;

function checkSymbol(symbol: string): string {
  if (typeof symbol === "string") return symbol;
  throw new DTypeError("Vocabulary", `a symbol is not a string: ${describeValue(symbol)}`, "convert it first");
}

function compareCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (const [index, character] of left.entries()) {
    const difference = (character.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? -1);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
