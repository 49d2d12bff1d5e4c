/**
 * Parses the header, character by character, into exactly what the format allows. `JSON.parse` would not do: it drops
 * duplicate keys, reads `2.0` and `-0` as integers, and a hostile header of nested arrays costs it many times its size.
 * Here nothing nests deeper than the format, and time and memory are proportional to the header's length.
 */
import { FormatError } from "@tapegrad/core";
import { type Metadata, metadataKey, quote } from "./entry.ts";

/** A tensor as the header describes it; nothing but its syntax has been checked. */
export interface TensorInfo {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** From the start of the data, in bytes; `end` is exclusive. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly tensors: Map<string, TensorInfo>;
  readonly metadata: Metadata;
}

/** @throws FormatError naming what was expected, what was found, and where. */
export function parseHeader(text: string): Header {
  return new HeaderParser(text).header();
}

const quoteCode = 0x22;
const backslashCode = 0x5c;

/** Shapes of more axes cost memory and mean nothing. */
const mostAxes = 64;

/** The reference's limit for values that it skips. */
const deepestValue = 127;

/** A number or a word of JSON. */
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

class HeaderParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  header(): Header {
    const tensors = new Map<string, TensorInfo>();
    let metadata = emptyMetadata();
    if (this.#text[0] !== "{") throw this.#fault("its first character is not {");
    this.#object("the header", (key) => {
      // The reference writes null where there is none.
      if (key === metadataKey) metadata = this.#takeWord("null") ? emptyMetadata() : this.#metadata();
      else tensors.set(key, this.#tensor(quote(key)));
    });
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#expected("the end");
    return { tensors, metadata };
  }

  #metadata(): Metadata {
    const metadata = emptyMetadata();
    this.#object(metadataKey, (key) => {
      metadata[key] = this.#string(`a string for ${quote(key)} of ${metadataKey}`);
    });
    return metadata;
  }

  #tensor(name: string): TensorInfo {
    let dtype: string | undefined;
    let shape: number[] | undefined;
    let offsets: number[] | undefined;
    const start = this.#at;
    this.#object(name, (field) => {
      if (field === "dtype") dtype = this.#string(`a string for dtype of ${name}`);
      else if (field === "shape") shape = this.#integers(`shape of ${name}`);
      else if (field === "data_offsets") offsets = this.#integers(`data_offsets of ${name}`);
      else this.#skipValue(`${quote(field)} of ${name}`); // As the reference reads what a later version may add.
    });
    if (dtype === undefined) throw this.#fault(`${name} has no dtype`, start);
    if (shape === undefined) throw this.#fault(`${name} has no shape`, start);
    if (offsets === undefined) throw this.#fault(`${name} has no data_offsets`, start);
    const [begin, end, ...rest] = offsets;
    if (begin === undefined || end === undefined || rest.length > 0) {
      throw this.#fault(`data_offsets of ${name} are ${offsets.length} numbers (not 2)`, start);
    }
    return { dtype, shape, begin, end };
  }

  #object(what: string, readValue: (key: string) => void): void {
    const keys = new Set<string>();
    if (!this.#take("{")) throw this.#expected(`{ to open ${what}`);
    if (this.#take("}")) return;
    do {
      const key = this.#string(`a key of ${what}`);
      if (keys.has(key)) throw this.#fault(`duplicate key ${quote(key)} of ${what}`);
      keys.add(key);
      if (!this.#take(":")) throw this.#expected(`: after ${quote(key)} of ${what}`);
      readValue(key);
    } while (this.#take(","));
    if (!this.#take("}")) throw this.#expected(`, or } in ${what}`);
  }

  #integers(what: string): number[] {
    const values: number[] = [];
    this.#list(what, () => {
      if (values.length === mostAxes) throw this.#fault(`${what} has more than ${mostAxes} numbers`);
      values.push(this.#integer(what));
    });
    return values;
  }

  #list(what: string, readValue: () => void): void {
    if (!this.#take("[")) throw this.#expected(`[ to open ${what}`);
    if (this.#take("]")) return;
    do readValue();
    while (this.#take(","));
    if (!this.#take("]")) throw this.#expected(`, or ] in ${what}`);
  }

  /** Digits only, without a leading zero, below 2⁵³: no sign, fraction or exponent. */
  #integer(what: string): number {
    this.#skipSpace();
    const start = this.#at;
    let value = 0;
    for (let digit = this.#digit(); digit >= 0; digit = this.#digit()) {
      value = value * 10 + digit;
      this.#at++;
      const leadingZero = value === digit && this.#at > start + 1;
      if (leadingZero || !Number.isSafeInteger(value)) throw this.#notAnInteger(what, start);
    }
    const next = this.#text[this.#at];
    if (this.#at === start || (next !== undefined && ".eE+-".includes(next))) throw this.#notAnInteger(what, start);
    return value;
  }

  /** The digit at the current position, or −1. */
  #digit(): number {
    const digit = this.#text.charCodeAt(this.#at) - 48;
    return digit >= 0 && digit <= 9 ? digit : -1;
  }

  #string(what: string): string {
    if (!this.#take('"')) throw this.#expected(what);
    const start = this.#at;
    let escaped = false;
    for (let code = this.#text.charCodeAt(start); code !== quoteCode; code = this.#text.charCodeAt(++this.#at)) {
      // charCodeAt is NaN at the end of the text, which no comparison accepts.
      if (!(code >= 32)) throw this.#fault("a string that does not close", start - 1);
      if (code === backslashCode) {
        escaped = true;
        this.#at++;
      }
    }
    const raw = this.#text.slice(start, this.#at);
    this.#at++;
    return escaped ? this.#unescape(raw, start - 1) : raw;
  }

  #unescape(raw: string, start: number): string {
    let value: unknown;
    try {
      value = JSON.parse(`"${raw}"`);
    } catch (cause) {
      throw this.#fault("a string with an invalid escape", start, { cause });
    }
    if (typeof value !== "string" || !value.isWellFormed()) {
      throw this.#fault("a string with half a surrogate pair", start);
    }
    return value;
  }

  /** Any JSON value, in time and memory that its length and a fixed depth bound. */
  #skipValue(what: string, depth = 0): void {
    if (depth > deepestValue) throw this.#fault(`${what} nests deeper than ${deepestValue} levels`);
    this.#skipSpace();
    const next = this.#text[this.#at];
    if (next === "{") this.#object(what, () => this.#skipValue(what, depth + 1));
    else if (next === "[") this.#list(what, () => this.#skipValue(what, depth + 1));
    else if (next === '"') this.#string(what);
    else {
      scalar.lastIndex = this.#at;
      const [text] = scalar.exec(this.#text) ?? [];
      if (text === undefined) throw this.#expected(`a value of ${what}`);
      this.#at += text.length;
    }
  }

  /** Skips white space, then `word` if it is there. */
  #takeWord(word: string): boolean {
    this.#skipSpace();
    const isThere = this.#text.startsWith(word, this.#at);
    if (isThere) this.#at += word.length;
    return isThere;
  }

  /** Skips white space, then `character` if it is there. */
  #take(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    for (let next = this.#text[this.#at]; next === " " || next === "\n" || next === "\r" || next === "\t"; ) {
      next = this.#text[++this.#at];
    }
  }

  #notAnInteger(what: string, start: number): FormatError {
    this.#at = start;
    return this.#expected(`integers from 0 to 2^53 - 1 in ${what}`);
  }

  #expected(what: string): FormatError {
    this.#skipSpace();
    const found = /^[^\s,:[\]{}]{1,20}|^./u.exec(this.#text.slice(this.#at, this.#at + 20))?.[0];
    return this.#fault(`expected ${what}, found ${found ?? "the end"}`);
  }

  #fault(problem: string, at = this.#at, options?: ErrorOptions): FormatError {
    const remedy = "save the file again with a conforming writer";
    return new FormatError("safetensors.decode", `malformed header: ${problem} (character ${at})`, remedy, options);
  }
}

/** Without a prototype, so that a key such as `__proto__` or `toString` is only ever the file's own. */
function emptyMetadata(): Record<string, string> {
  return Object.create(null);
}
