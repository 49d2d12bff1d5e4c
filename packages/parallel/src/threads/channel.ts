/** One direction between two threads: a ring of bytes in shared memory, with one writer and one reader. */

const headerWords = 2;

export class Channel {
  /** How many bytes were ever written and read, modulo 2³². */
  readonly #counts: Int32Array;
  readonly #ring: Uint8Array;

  /** `bytes` of the ring, a power of two. */
  static bytesFor(bytes: number): number {
    return headerWords * 4 + bytes;
  }

  constructor(memory: SharedArrayBuffer, offset: number, bytes: number) {
    this.#counts = new Int32Array(memory, offset, headerWords);
    this.#ring = new Uint8Array(memory, offset + headerWords * 4, bytes);
  }

  /** Writes as much of `bytes` as there is room for; returns how much. */
  write(bytes: Uint8Array): number {
    const [written, read] = [Atomics.load(this.#counts, 0), Atomics.load(this.#counts, 1)];
    const room = this.#ring.length - ((written - read) >>> 0);
    const count = Math.min(room, bytes.length);
    const at = (written >>> 0) % this.#ring.length;
    const first = Math.min(count, this.#ring.length - at);
    this.#ring.set(bytes.subarray(0, first), at);
    this.#ring.set(bytes.subarray(first, count), 0);
    Atomics.store(this.#counts, 0, (written + count) | 0);
    return count;
  }

  /** Reads as much into `bytes` as has been written; returns how much. */
  read(bytes: Uint8Array): number {
    const [written, read] = [Atomics.load(this.#counts, 0), Atomics.load(this.#counts, 1)];
    const count = Math.min((written - read) >>> 0, bytes.length);
    const at = (read >>> 0) % this.#ring.length;
    const first = Math.min(count, this.#ring.length - at);
    bytes.set(this.#ring.subarray(at, at + first), 0);
    bytes.set(this.#ring.subarray(0, count - first), first);
    Atomics.store(this.#counts, 1, (read + count) | 0);
    return count;
  }
}
