/** Counting models of text: the lines that a recurrent network has to beat. */

/**
 * Bits per character that an interpolated n-gram model with the counts of `training` needs for `heldOut`, over a vocabulary
 * of `size` tokens. order 0 is the uniform distribution, 1 unigrams, 2 bigrams, 3 trigrams. Probabilities are smoothed by
 * Witten and Bell (1991): with N tokens of T kinds seen after a context, P(x) = (count(x) + T·P_shorter(x)) / (N + T).
 */
export function ngramBitsPerCharacter(training: Int32Array, heldOut: Int32Array, size: number, order: number): number {
  const tables = Array.from({ length: order }, (_, length) => countFollowers(training, length));
  let bits = 0;
  for (let at = 0; at < heldOut.length; at++) {
    let probability = 1 / size;
    for (const [length, table] of tables.entries()) {
      if (at < length) break;
      const context = contextKey(heldOut, at, length);
      const followers = table.get(context);
      if (followers === undefined) break;
      const count = followers.counts.get(heldOut[at] ?? -1) ?? 0;
      const kinds = followers.counts.size;
      probability = (count + kinds * probability) / (followers.total + kinds);
    }
    bits -= Math.log2(probability);
  }
  return bits / heldOut.length;
}

interface Followers {
  readonly counts: Map<number, number>;
  total: number;
}

/** For every context of `length` tokens, how often each token follows it. */
function countFollowers(tokens: Int32Array, length: number): Map<string, Followers> {
  const table = new Map<string, Followers>();
  for (let at = length; at < tokens.length; at++) {
    const key = contextKey(tokens, at, length);
    let followers = table.get(key);
    if (followers === undefined) {
      followers = { counts: new Map(), total: 0 };
      table.set(key, followers);
    }
    const token = tokens[at] ?? -1;
    followers.counts.set(token, (followers.counts.get(token) ?? 0) + 1);
    followers.total++;
  }
  return table;
}

/** The `length` tokens before position `at`. */
function contextKey(tokens: Int32Array, at: number, length: number): string {
  return tokens.subarray(at - length, at).join(",");
}
