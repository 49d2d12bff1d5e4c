/** The losses of predictors that only count: all characters alike, or by frequency after the last one or two characters. */
import type { Baseline } from "../protocol.ts";

/**
 * Bits per character of the uniform, the bigram and the trigram predictor, which count on `read` and predict `judged` after
 * its first `skipped` tokens. Where both are the same text, counts are taken as they are; on other text each order is mixed
 * with the one below it, so that nothing is impossible (Witten and Bell, 1991): P(x) = (n(x) + k · P₋(x)) / (n + k), with n
 * the count of the context and k the number of its different continuations.
 */
export function countBaselines(read: Int32Array, judged: Int32Array, size: number): readonly Baseline[] {
  const isSame = read === judged;
  return [
    { name: "uniform", loss: Math.log2(size) },
    { name: "bigram", loss: bitsOf(countsOf(read, size, 1), judged, size, isSame) },
    { name: "trigram", loss: bitsOf(countsOf(read, size, 2), judged, size, isSame) },
  ];
}

/** Of each order up to the highest: how often a context came, with what after it, and with how many different. */
interface Counts {
  readonly order: number;
  readonly followed: Map<number, number>;
  readonly contexts: Map<number, { count: number; kinds: number }>;
}

function countsOf(tokens: Int32Array, size: number, highest: number): readonly Counts[] {
  return Array.from({ length: highest + 1 }, (_, order) => {
    const counts: Counts = { order, followed: new Map(), contexts: new Map() };
    for (let at = 1; at < tokens.length; at++) {
      if (at < order) continue;
      const context = keyOf(tokens, at, order, size);
      const pair = context * size + (tokens[at] ?? 0);
      const before = counts.followed.get(pair) ?? 0;
      counts.followed.set(pair, before + 1);
      const { count = 0, kinds = 0 } = counts.contexts.get(context) ?? {};
      counts.contexts.set(context, { count: count + 1, kinds: kinds + (before === 0 ? 1 : 0) });
    }
    return counts;
  });
}

/** The `order` tokens before `at` as one number. */
function keyOf(tokens: Int32Array, at: number, order: number, size: number): number {
  let key = 0;
  for (let back = order; back > 0; back--) key = key * size + (tokens[at - back] ?? 0);
  return key;
}

function bitsOf(orders: readonly Counts[], judged: Int32Array, size: number, isSame: boolean): number {
  let bits = 0;
  for (let at = 1; at < judged.length; at++) bits -= Math.log2(probability(orders, judged, at, size, isSame));
  return bits / (judged.length - 1);
}

function probability(orders: readonly Counts[], tokens: Int32Array, at: number, size: number, isSame: boolean): number {
  let mixed = 1 / size;
  for (const { order, followed, contexts } of orders) {
    // The first characters have no longer context.
    if (order > at) continue;
    const context = keyOf(tokens, at, order, size);
    const seen = contexts.get(context);
    if (seen === undefined) continue;
    const came = followed.get(context * size + (tokens[at] ?? 0)) ?? 0;
    mixed = isSame ? came / seen.count : (came + seen.kinds * mixed) / (seen.count + seen.kinds);
  }
  return mixed;
}
