/**
 * A data set in batches, in another order each epoch. A batch depends only on its number, so that a run can be resumed from the
 * number of steps that it has taken.
 */
import { ShapeError } from "@tapegrad/core";
import { checkBoolean, checkCount, checkFunction, checkRange, defined, optionsOf } from "@tapegrad/core/internal";
import { listOf } from "./inputs.ts";
import { permutation } from "./random.ts";

/** Options of `new Batches`. */
export interface BatchesOptions<T> {
  /** Items in a batch. */
  readonly size: number;
  /** Of the orders; without one the items stay in the order that they have. */
  readonly seed?: number | undefined;
  /** Leaves out the last items of each epoch's order where they do not fill a batch; by default they make a smaller one. */
  readonly dropLast?: boolean | undefined;
  /**
   * The length of a sequence: then a batch holds sequences of similar lengths, which need little padding. Each epoch, and each
   * pool of 32 batches in its order, is sorted by length and cut into batches, which come in random order.
   */
  readonly lengthOf?: ((item: T) => number) | undefined;
}

const batchesOptions = { size: true, seed: checkCount, dropLast: checkBoolean, lengthOf: checkLengthOf } as const;

/** Batches that are sorted by length together: the more, the less padding, and the less their items are mixed. */
const poolBatches = 32;

/**
 * Batches of items in an order that is new in every epoch, and depends on nothing but the seed and the epoch. With
 * `lengthOf`, items of similar lengths share a batch, so that padding stays short.
 * @throws TapegradError, DTypeError for options that there are not or that are out of range.
 * @pytorch torch.utils.data.DataLoader
 * @example
 * import { Batches } from "tapegrad";
 * const batches = new Batches(["a", "bb", "ccc", "dd", "e"], { size: 2, seed: 1 });
 * console.log([...batches.epoch(0)]); // → [ [ 'bb', 'e' ], [ 'a', 'ccc' ], [ 'dd' ] ]
 */
export class Batches<T> {
  /** Items in a batch; the last of an epoch may have fewer. */
  readonly size: number;
  /** Batches in one pass over the items. */
  readonly perEpoch: number;
  readonly #items: readonly T[];
  readonly #options: BatchesOptions<T>;
  #planned: { readonly epoch: number; readonly batches: readonly Int32Array[] } | undefined;

  /** @throws ShapeError when the items do not make a batch, TapegradError for options that do not fit. */
  constructor(items: readonly T[], options: BatchesOptions<T>) {
    const { size, dropLast = false } = optionsOf<BatchesOptions<T>>("Batches", options, batchesOptions);
    this.size = checkCount("Batches", "size", size, 1);
    this.#items = listOf("Batches", "items", items);
    const { length } = this.#items;
    this.perEpoch = dropLast ? Math.floor(length / size) : Math.ceil(length / size);
    if (this.perEpoch < 1) {
      const needed = dropLast ? size : 1;
      throw new ShapeError(
        "Batches",
        `too few items: ${length} (${length} < ${needed})`,
        "use a smaller size, or keep the last batch",
      );
    }
    this.#options = options;
  }

  /** Batch number `step` ≥ 0 of an endless repetition of the items, each epoch in an order of its own. */
  at(step: number): T[] {
    checkCount("Batches", "step", step);
    const epoch = Math.floor(step / this.perEpoch);
    if (this.#planned?.epoch !== epoch) this.#planned = { epoch, batches: this.#plan(epoch) };
    const batch = defined(this.#planned.batches[step - epoch * this.perEpoch], "batch");
    return Array.from(batch, (index) => this.#item(index));
  }

  /** All batches of one epoch, the first by default. */
  epoch(number = 0): Generator<T[]> {
    return this.#batches(checkCount("Batches", "epoch", number));
  }

  *#batches(number: number): Generator<T[]> {
    for (let index = 0; index < this.perEpoch; index++) yield this.at(number * this.perEpoch + index);
  }

  /** The items of each batch of an epoch, by index. */
  #plan(epoch: number): Int32Array[] {
    const { seed, lengthOf } = this.#options;
    const count = this.#items.length;
    // Two streams an epoch: one for the items, one for the batches.
    const order =
      seed === undefined ? Int32Array.from({ length: count }, (_, i) => i) : permutation(count, seed, 2 * epoch);
    if (lengthOf !== undefined) {
      const lengths = this.#items.map((item) =>
        checkRange("Batches", "length", lengthOf(item), isLength, "a number from 0"),
      );
      for (const pool of cut(order, poolBatches * this.size)) {
        pool.sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0));
      }
    }
    const batches = cut(order, this.size).slice(0, this.perEpoch);
    if (seed === undefined || lengthOf === undefined) return batches;
    return Array.from(permutation(batches.length, seed, 2 * epoch + 1), (index) => defined(batches[index], "batch"));
  }

  #item(index: number): T {
    return this.#items[index] as T; // `index` comes from the plan; undefined may be an item.
  }
}

function checkLengthOf(op: string, what: string, lengthOf: () => number): unknown {
  return checkFunction(op, what, lengthOf, "{ lengthOf: (item) => item.length }");
}

function isLength(value: number): boolean {
  return value >= 0;
}

/** Views of `array`, `size` elements each but the last. */
function cut(array: Int32Array, size: number): Int32Array[] {
  return Array.from({ length: Math.ceil(array.length / size) }, (_, i) => array.subarray(i * size, (i + 1) * size));
}
