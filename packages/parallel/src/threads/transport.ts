/** The threads of one machine as a transport, over shared memory. */
import { decodeReason, encodeReason, failureOf, longestReason } from "../transport/failure.ts";
import { waitUntil } from "../transport/spin-wait.ts";
import type { Exchange, Message, Transport } from "../transport/transport.ts";
import { Channel } from "./channel.ts";

/** Bytes on their way between two threads. */
const ringBytes = 2 ** 18;
/** Milliseconds of a sleep without being woken: after these the failures are looked at. */
const longestSleep = 50;
/** Words of 4 bytes: the rank that failed plus one, then a bell per rank. */
const failureWord = 0;
const firstBell = 1;

export function sharedBytes(size: number): number {
  return bellBytes(size) + longestReason + size * size * Channel.bytesFor(ringBytes);
}

function bellBytes(size: number): number {
  return 4 * (firstBell + size);
}

/** A message on its way, of which so many bytes have moved. */
interface Moving extends Message {
  done: number;
}

export class ThreadsTransport implements Transport {
  readonly name = "threads";
  readonly rank: number;
  readonly size: number;
  readonly #words: Int32Array;
  readonly #reason: Uint8Array;
  readonly #channel: (from: number, to: number) => Channel;
  #closed = false;

  constructor(memory: SharedArrayBuffer, rank: number, size: number) {
    this.rank = rank;
    this.size = size;
    this.#words = new Int32Array(memory, 0, firstBell + size);
    this.#reason = new Uint8Array(memory, bellBytes(size), longestReason);
    const start = bellBytes(size) + longestReason;
    const channels = Array.from(
      { length: size * size },
      (_, i) => new Channel(memory, start + i * Channel.bytesFor(ringBytes), ringBytes),
    );
    this.#channel = (from, to) => {
      const channel = channels[from * size + to];
      if (channel === undefined) throw new RangeError(`internal: there is no channel from ${from} to ${to}`);
      return channel;
    };
  }

  exchange(...exchanges: readonly Exchange[]): void {
    const outgoing = exchanges.flatMap(({ to }) => (to === undefined ? [] : [{ ...to, done: 0 }]));
    const incoming = exchanges.flatMap(({ from }) => (from === undefined ? [] : [{ ...from, done: 0 }]));
    let bell = 0;
    waitUntil(
      () => {
        this.#throwIfTold();
        bell = Atomics.load(this.#words, firstBell + this.rank);
        const sent = this.#advance(outgoing, ({ rank, bytes }) => this.#channel(this.rank, rank).write(bytes));
        const received = this.#advance(incoming, ({ rank, bytes }) => this.#channel(rank, this.rank).read(bytes));
        return sent && received;
      },
      () => Atomics.wait(this.#words, firstBell + this.rank, bell, longestSleep),
    );
  }

  /** Moves what can be moved now, in order; whether nothing is left. */
  #advance(messages: Moving[], move: (rest: Message) => number): boolean {
    for (let [first] = messages; first !== undefined; [first] = messages) {
      if (first.done < first.bytes.length) {
        const count = move({ rank: first.rank, bytes: first.bytes.subarray(first.done) });
        if (count > 0) this.#ring(first.rank);
        first.done += count;
      }
      if (first.done < first.bytes.length) return false;
      messages.shift();
    }
    return true;
  }

  fail(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    // The first who fails is the one that is named.
    if (Atomics.compareExchange(this.#words, failureWord, 0, -1) !== 0) return;
    this.#reason.set(encodeReason(reason));
    Atomics.store(this.#words, failureWord, this.rank + 1);
    for (let rank = 0; rank < this.size; rank++) this.#ring(rank);
  }

  close(): void {
    this.#closed = true;
  }

  #ring(rank: number): void {
    Atomics.add(this.#words, firstBell + rank, 1);
    Atomics.notify(this.#words, firstBell + rank);
  }

  #throwIfTold(): void {
    const failed = Atomics.load(this.#words, failureWord);
    if (failed > 0) throw failureOf(failed - 1, decodeReason(Uint8Array.from(this.#reason)));
  }
}
