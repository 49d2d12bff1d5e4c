/** Language models that count: the baselines that a recurrent network has to beat. */
import { ShapeError, TapegradError } from "@tapegrad/core";
import { checkCount, describeValue } from "@tapegrad/core/internal";
import { tokensOf } from "./inputs.ts";
import { PairTable } from "./pair-table.ts";

/**
 * Bits per character that an interpolated n-gram model with the counts of `training` needs for `heldOut`, over a vocabulary
 * of `size` tokens. order 0 is the uniform distribution, 1 unigrams, 2 bigrams, 3 trigrams. Probabilities are smoothed by
 * Witten and Bell (1991): with N tokens of T kinds seen after a context, P(x) = (count(x) + T·P_shorter(x)) / (N + T).
 * @throws TapegradError for a token that is not below `size`.
 * @example
 * import { ngramBitsPerCharacter } from "tapegrad";
 * const text = Int32Array.from({ length: 200 }, (_, i) => i % 2); // 0 1 0 1 …
 * const bits = [0, 1, 2].map((order) => ngramBitsPerCharacter(text, text, 2, order).toFixed(2));
 * console.log(bits); // → [ '1.00', '1.00', '0.01' ]
 */
export function ngramBitsPerCharacter(training: Int32Array, heldOut: Int32Array, size: number, order: number): number {
  const op = "ngramBitsPerCharacter";
  checkCount(op, "size", size, 1);
  checkCount(op, "order", order);
  const [seen, unseen] = [tokensOf(op, "training text", training), someTokens(op, heldOut)];
  return new NgramCounts(size, order).add(seen).bitsPerCharacter(unseen)[order] ?? Number.NaN;
}

/**
 * The counts of all models up to an order, taken piece by piece: for long texts, with something to show in between.
 * @example
 * import { NgramCounts } from "tapegrad";
 * const counts = new NgramCounts(2, 2); // two tokens, up to bigrams
 * counts.add(Int32Array.of(0, 1, 0, 1)).add(Int32Array.of(0, 1, 0, 1)); // one text in two pieces
 * console.log(counts.bitsPerCharacter(Int32Array.of(0, 1, 0, 1)).map((bits) => bits.toFixed(2))); // by order
 * // → [ '1.00', '1.00', '0.37' ]
 */
export class NgramCounts {
  readonly #size: number;
  /** By the number of tokens that are looked back at, from none on. */
  readonly #levels: readonly Level[];
  /** By level, the context that the next token follows; −1 while there are too few tokens. The last is of no level. */
  readonly #contexts: number[];

  /** Models of the orders 0 to `order` over a vocabulary of `size` tokens. */
  constructor(size: number, order: number) {
    this.#size = checkCount("NgramCounts", "size", size, 1);
    checkCount("NgramCounts", "order", order);
    this.#levels = Array.from({ length: order }, () => new Level(size));
    this.#contexts = firstContexts(order);
  }

  /** Counts more of the text: tokens that follow those that were added before. */
  add(text: Int32Array): this {
    const tokens = tokensOf("NgramCounts", "text", text);
    const [levels, contexts] = [this.#levels, this.#contexts];
    for (let at = 0; at < tokens.length; at++) {
      const token = this.#check(tokens[at]);
      // A context and the token after it are the next longer context. The longest comes first, so that none is overwritten.
      for (let length = levels.length - 1; length >= 0; length--) {
        const context = contexts[length] ?? -1;
        if (context >= 0) contexts[length + 1] = levels[length]?.count(context, token) ?? -1;
      }
    }
    return this;
  }

  /** Bits per character that `heldOut`, a text of its own, takes: by order, from 0 on. */
  bitsPerCharacter(heldOut: Int32Array): number[] {
    const tokens = someTokens("NgramCounts", heldOut);
    const bits = new Array<number>(this.#levels.length + 1).fill(0);
    const contexts = firstContexts(this.#levels.length);
    for (const value of tokens) {
      const token = this.#check(value);
      let probability = 1 / this.#size;
      bits[0] = (bits[0] ?? 0) - Math.log2(probability);
      for (const [length, level] of this.#levels.entries()) {
        probability = level.probability(contexts[length] ?? -1, token, probability);
        bits[length + 1] = (bits[length + 1] ?? 0) - Math.log2(probability);
      }
      for (let length = this.#levels.length - 1; length >= 0; length--) {
        const context = contexts[length] ?? -1;
        contexts[length + 1] = context < 0 ? -1 : (this.#levels[length]?.find(context, token) ?? -1);
      }
    }
    return bits.map((total) => total / tokens.length);
  }

  #check(token: number | undefined): number {
    if (token !== undefined && token >= 0 && token < this.#size) return token;
    throw new TapegradError(
      "ngramBitsPerCharacter",
      `not a token: ${describeValue(token)}`,
      `tokens are 0 to ${this.#size - 1}`,
    );
  }
}

/** @throws ShapeError for a held-out text without tokens, of which there is no mean. */
function someTokens(op: string, heldOut: Int32Array): Int32Array {
  const tokens = tokensOf(op, "held-out text", heldOut);
  if (tokens.length > 0) return tokens;
  throw new ShapeError(op, "the held-out text is empty", "give it some tokens");
}

/** Before any token there is only the empty context, number 0. */
function firstContexts(order: number): number[] {
  return Array.from({ length: order + 1 }, (_, length) => (length === 0 ? 0 : -1));
}

/** What follows the contexts of one length: each context is a number from 0 on, and so is each pair of one and its follower. */
class Level {
  readonly #pairs: PairTable;
  /** By pair. */
  readonly #counts = new GrowingCounts();
  /** By context: tokens that followed, and how many different ones. */
  readonly #totals = new GrowingCounts();
  readonly #kinds = new GrowingCounts();

  constructor(size: number) {
    this.#pairs = new PairTable(size);
  }

  /** Counts `token` after `context`. Returns the number of the pair. */
  count(context: number, token: number): number {
    const before = this.#pairs.size;
    const pair = this.#pairs.add(context, token);
    if (pair === before) this.#kinds.increment(context);
    this.#counts.increment(pair);
    this.#totals.increment(context);
    return pair;
  }

  /** The number of a pair, or −1 when it has not come. */
  find(context: number, token: number): number {
    return this.#pairs.find(context, token);
  }

  /** Of `token` after `context`, mixed with what shorter contexts say; that alone after a context that nothing followed. */
  probability(context: number, token: number, shorter: number): number {
    const total = this.#totals.at(context);
    if (total === 0) return shorter;
    const [count, kinds] = [this.#counts.at(this.find(context, token)), this.#kinds.at(context)];
    return (count + kinds * shorter) / (total + kinds);
  }
}

/** Counts by number, 0 for all that have not been counted. */
class GrowingCounts {
  #counts = new Float64Array(64);

  at(index: number): number {
    return index < 0 ? 0 : (this.#counts[index] ?? 0);
  }

  increment(index: number): void {
    if (index >= this.#counts.length) {
      const larger = new Float64Array(Math.max(2 * this.#counts.length, index + 1));
      larger.set(this.#counts);
      this.#counts = larger;
    }
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }
}
