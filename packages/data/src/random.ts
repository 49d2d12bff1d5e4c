/**
 * Random integers on the host, the same on every platform. Each is a hash of its position in a stream, so that a stream can be
 * resumed at any position.
 */

/** Bijective on 32 bits: the finaliser of MurmurHash3 (Appleby), whose values at multiples of the golden ratio are SplitMix's. */
function mix(bits: number): number {
  let x = bits | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

const goldenRatio = 0x9e3779b9;

/** The integers 0 … n − 1 in the random order number `stream` of `seed`. Fisher and Yates' shuffle. */
export function permutation(n: number, seed: number, stream = 0): Int32Array {
  const key = mix(mix(mix(seed | 0) + Math.floor(seed / 2 ** 32)) + stream);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const drawn = mix(key + Math.imul(n - i, goldenRatio));
    const j = Math.floor((drawn / 2 ** 32) * (i + 1));
    const other = order[j] ?? 0;
    order[j] = order[i] ?? 0;
    order[i] = other;
  }
  return order;
}
