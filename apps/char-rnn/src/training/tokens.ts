/**
 * The tokens of a text that is read in pieces. Characters get provisional numbers in the order in which they occur, and sorted
 * numbers at the end.
 */
import { Vocabulary } from "tapegrad";

/** Unicode ends below. */
const codePoints = 0x110000;

export class TokenCollector {
  /** By code point: 1 more than the number of the character, 0 for characters that have not come yet. */
  readonly #numbers = new Int32Array(codePoints);
  readonly #characters: number[] = [];
  #tokens: Int32Array;
  #length = 0;

  /** `expected` characters need no further memory. */
  constructor(expected = 0) {
    this.#tokens = new Int32Array(Math.max(1, expected));
  }

  /** Pieces end between characters. */
  add(text: string): void {
    this.#reserve(text.length);
    for (let at = 0; at < text.length; at++) {
      let code = text.charCodeAt(at);
      if (code >= 0xd800 && code < 0xdc00) code = text.codePointAt(at++) ?? code;
      let number = this.#numbers[code] ?? 0;
      if (number === 0) {
        number = this.#characters.push(code);
        this.#numbers[code] = number;
      }
      this.#tokens[this.#length++] = number - 1;
    }
  }

  /** What `Vocabulary.of` and `encode` give for the whole text. The collector is used up. */
  finish(): { vocabulary: Vocabulary; tokens: Int32Array } {
    const sorted = this.#characters.toSorted((a, b) => a - b);
    const order = new Map(sorted.map((code, token) => [code, token]));
    const renamed = Int32Array.from(this.#characters, (code) => order.get(code) ?? -1);
    const tokens = this.#tokens.subarray(0, this.#length);
    for (let at = 0; at < tokens.length; at++) tokens[at] = renamed[tokens[at] ?? 0] ?? -1;
    return { vocabulary: new Vocabulary(sorted.map((code) => String.fromCodePoint(code))), tokens };
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#tokens.length) return;
    const larger = new Int32Array(Math.max(this.#length + more, 2 * this.#tokens.length));
    larger.set(this.#tokens);
    this.#tokens = larger;
  }
}
