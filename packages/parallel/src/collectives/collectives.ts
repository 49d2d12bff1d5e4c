/**
 * Collective operations as exchanges between pairs. Sums are taken in the order of a binary tree over the ranks, which depends on
 * nothing but their number: ((0+1)+(2+3))+((4+5)+…). Addition of two floats is commutative, so both sides of a pair get the same bits.
 */
import type { Bytes, Transport } from "../transport/transport.ts";

export type Numbers = Float32Array | Float64Array | Int32Array;

export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Bytes {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** What one rank has of a sum, and where the sum is wanted: as long as each other. */
export interface Summand {
  readonly data: Numbers;
  readonly sum: Numbers;
}

/**
 * Each `sum` becomes the sum of its `data` over all ranks; neither is copied on the way to the transport. `total` is all of the
 * sums' memory as one. Recursive doubling (Thakur et al. 2005): in round k, ranks whose places differ in bit k exchange what they
 * have and add; the first exchange takes every summand from where it lies. Of the ranks beyond the largest power of two, the
 * first pairs are one place each: the odd one hands its data over first, and gets the result at the end.
 */
export function allReduceSum(transport: Transport, summands: readonly Summand[], total: Numbers): void {
  const { rank, size } = transport;
  const whole = 2 ** Math.floor(Math.log2(size));
  const surplus = size - whole;
  const isPaired = rank < 2 * surplus;
  const [data, sums] = [summands.map((each) => each.data), summands.map((each) => each.sum)];
  const sending = (to: number, pieces: readonly Numbers[]) =>
    pieces.map((piece) => ({ to: { rank: to, bytes: bytesOf(piece) } }));
  const receiving = (from: number, pieces: readonly Numbers[]) =>
    pieces.map((piece) => ({ from: { rank: from, bytes: bytesOf(piece) } }));
  const addAll = (mine: readonly Numbers[], theirs: readonly Numbers[]) => {
    for (const [i, sum] of sums.entries()) add(mine[i] ?? sum, theirs[i] ?? sum, sum);
  };
  if (isPaired && rank % 2 === 1) {
    transport.exchange(...sending(rank - 1, data));
    transport.exchange(...receiving(rank - 1, [total]));
    return;
  }
  const partners: number[] = [];
  const place = isPaired ? rank / 2 : rank - surplus;
  for (let bit = 1; bit < whole; bit *= 2) {
    const other = place ^ bit;
    partners.push(other < surplus ? 2 * other : other + surplus);
  }
  if (isPaired) {
    transport.exchange(...receiving(rank + 1, sums));
    addAll(data, sums);
  }
  for (const [round, partner] of partners.entries()) {
    if (round === 0) {
      // Both sides send summand by summand, whether theirs are sums already or not.
      const [mine, theirs] = isPaired ? [sums, partsLike(summands, scratchLike(total))] : [data, sums];
      transport.exchange(...sending(partner, mine), ...receiving(partner, theirs));
      addAll(mine, theirs);
    } else {
      const theirs = scratchLike(total);
      transport.exchange(...sending(partner, [total]), ...receiving(partner, [theirs]));
      add(total, theirs, total);
    }
  }
  if (size === 1) for (const { data, sum } of summands) sum.set(data);
  if (isPaired) transport.exchange(...sending(rank + 1, [total]));
}

/** `whole` cut as the sums, which lie one after the other, are. */
function partsLike(summands: readonly Summand[], whole: Numbers): Numbers[] {
  let end = 0;
  return summands.map(({ sum }) => {
    const begin = end;
    end += sum.length;
    return whole.subarray(begin, end);
  });
}

/** A place for what comes from others, kept from call to call. */
let scratch = new ArrayBuffer(0);

function scratchLike(like: Numbers): Numbers {
  if (scratch.byteLength < like.byteLength) scratch = new ArrayBuffer(like.byteLength);
  if (like instanceof Float32Array) return new Float32Array(scratch, 0, like.length);
  if (like instanceof Float64Array) return new Float64Array(scratch, 0, like.length);
  return new Int32Array(scratch, 0, like.length);
}

function add(a: Numbers, b: Numbers, sum: Numbers): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (a[i] ?? 0) + (b[i] ?? 0);
}

/** `bytes` as equal parts, one for each of `size` ranks. */
export function piecesOf(bytes: Bytes, size: number): Bytes[] {
  const each = bytes.length / size;
  return Array.from({ length: size }, (_, rank) => bytes.subarray(rank * each, (rank + 1) * each));
}

/** `pieces[r]` becomes what rank r has there: each goes round the ring. */
export function allGather(transport: Transport, pieces: readonly Bytes[]): void {
  const { rank, size } = transport;
  const at = (index: number): Bytes => pieces[(index + size) % size] ?? new Uint8Array(0);
  for (let round = 0; round < size - 1; round++) {
    transport.exchange({
      to: { rank: (rank + 1) % size, bytes: at(rank - round) },
      from: { rank: (rank + size - 1) % size, bytes: at(rank - round - 1) },
    });
  }
}

/** `data` becomes what rank `root` has: down a binomial tree. */
export function broadcast(transport: Transport, data: Bytes, root: number): void {
  const { rank, size } = transport;
  const place = (rank - root + size) % size;
  const rankAt = (index: number) => (index + root) % size;
  let bit = 1;
  for (; bit < size; bit *= 2) {
    if ((place & bit) === 0) continue;
    transport.exchange({ from: { rank: rankAt(place - bit), bytes: data } });
    break;
  }
  for (bit /= 2; bit >= 1; bit /= 2)
    if (place + bit < size) transport.exchange({ to: { rank: rankAt(place + bit), bytes: data } });
}

/** Returns when all ranks have come here (dissemination, Hensgen et al. 1988). */
export function barrier(transport: Transport): void {
  const { rank, size } = transport;
  for (let distance = 1; distance < size; distance *= 2) {
    transport.exchange({
      to: { rank: (rank + distance) % size, bytes: new Uint8Array(1) },
      from: { rank: (rank - distance + size) % size, bytes: new Uint8Array(1) },
    });
  }
}
