/** A cache of bounded size: each value is made once per key, and the least recently used one is dropped first. */
export class BoundedCache<Key, Value> {
  readonly #capacity: number;
  /** In order of last use. */
  readonly #entries = new Map<Key, Value>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** What was made for the key, or is made now. */
  get(key: Key, make: () => Value): Value {
    // The map says whether there is one: a value may be undefined.
    const value = this.#entries.has(key) ? (this.#entries.get(key) as Value) : make();
    this.#entries.delete(key);
    this.#entries.set(key, value);
    for (const oldest of this.#entries.keys()) if (this.#entries.size > this.#capacity) this.#entries.delete(oldest);
    return value;
  }
}
