/**
 * Numbers pairs of integers in the order of their first occurrence. It uses typed arrays, for more pairs than a Map can hold.
 * Small pairs have a table of their own, which is several times faster; the others share a hash table.
 */

/** Pairs below have a place of their own: all pairs and triples of the characters of a language with letters. */
const direct = 2 ** 22;

export class PairTable {
  readonly #width: number;
  /** By `first * width + second` below `direct`: 1 more than the number, 0 where there is none. */
  #numbers = new Int32Array(256);
  /** `first * width + second` of the others, or −1 where there is none. Half of the places are free at least. */
  #keys = new Float64Array(64).fill(-1);
  #indices = new Int32Array(64);
  #hashed = 0;
  #size = 0;

  /** Of pairs whose second member is below `width`. */
  constructor(width: number) {
    this.#width = width;
  }

  /** Pairs so far. */
  get size(): number {
    return this.#size;
  }

  /** The number of a pair, or −1. */
  find(first: number, second: number): number {
    const key = first * this.#width + second;
    if (key < direct) return (this.#numbers[key] ?? 0) - 1;
    const place = this.#placeOf(key);
    return this.#keys[place] === -1 ? -1 : (this.#indices[place] ?? -1);
  }

  /** The number of a pair, which is `size` if it is new. */
  add(first: number, second: number): number {
    const found = this.find(first, second);
    if (found >= 0) return found;
    const key = first * this.#width + second;
    const number = this.#size++;
    if (key < direct) {
      if (key >= this.#numbers.length) {
        const larger = new Int32Array(Math.min(direct, 2 * key));
        larger.set(this.#numbers);
        this.#numbers = larger;
      }
      this.#numbers[key] = number + 1;
      return number;
    }
    const place = this.#placeOf(key);
    this.#keys[place] = key;
    this.#indices[place] = number;
    if (2 * ++this.#hashed > this.#keys.length) this.#grow();
    return number;
  }

  /** Where `key` is, or belongs: linear probing from a multiplicative hash (Knuth) of its two halves. */
  #placeOf(key: number): number {
    const keys = this.#keys;
    const mask = keys.length - 1;
    const mixed = Math.imul(key ^ Math.imul(key / 2 ** 32, 0x85ebca6b), 0x9e3779b1);
    let place = (mixed ^ (mixed >>> 15)) & mask;
    for (let found = keys[place]; found !== -1 && found !== key; found = keys[place]) place = (place + 1) & mask;
    return place;
  }

  #grow(): void {
    const [keys, indices] = [this.#keys, this.#indices];
    this.#keys = new Float64Array(2 * keys.length).fill(-1);
    this.#indices = new Int32Array(2 * keys.length);
    for (let from = 0; from < keys.length; from++) {
      const key = keys[from] ?? -1;
      if (key === -1) continue;
      const place = this.#placeOf(key);
      this.#keys[place] = key;
      this.#indices[place] = indices[from] ?? -1;
    }
  }
}
