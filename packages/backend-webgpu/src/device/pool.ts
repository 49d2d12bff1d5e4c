/**
 * Blocks of device memory, kept by size when they are free. Commands run in the order in which they were issued, so a block
 * can be given to the next kernel as soon as its tensor is gone, even while older kernels still wait to read it.
 */
import { BackendError } from "@tapegrad/core";
import { guarded } from "./error-scope.ts";
import { bufferUsage, type Device, pageBytesOf } from "./gpu.ts";
import type { Block } from "./memory.ts";
import { Outcome } from "./outcome.ts";

export interface PoolOptions {
  readonly device: Device;
  /** Bytes that may be held, in use or free. */
  readonly budget: number;
  /** Submits what was recorded, so that blocks in it can be destroyed. */
  readonly flush: () => void;
  readonly track: (creation: Outcome) => void;
}

/** A binding must not be empty. */
const smallest = 16;

export class Pool {
  readonly #options: PoolOptions;
  readonly #page: number;
  readonly #free = new Map<number, Block[]>();
  #heldBytes = 0;
  #freeBytes = 0;
  #created = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#page = pageBytesOf(options.device.limits);
  }

  /** As many blocks as it takes, all full but the last. @throws BackendError when it is more than the budget allows. */
  takePages(op: string, bytes: number): readonly Block[] {
    const taken: Block[] = [];
    try {
      do taken.push(this.take(op, Math.min(this.#page, bytes - taken.length * this.#page)));
      while (taken.length * this.#page < bytes);
    } catch (error) {
      for (const block of taken) this.give(block);
      throw error;
    }
    return taken;
  }

  /** At most what the adapter can bind. @throws BackendError when it is more than the budget allows. */
  take(op: string, bytes: number): Block {
    const size = Math.min(sizeClass(bytes), this.#page);
    const reused = this.#free.get(size)?.pop();
    if (reused === undefined) return this.#create(op, size);
    this.#freeBytes -= size;
    return reused;
  }

  give(block: Block): void {
    if (block.creation.failure !== undefined) {
      this.#destroy(block);
      return;
    }
    this.#freeBytes += block.bytes;
    const list = this.#free.get(block.bytes);
    if (list === undefined) this.#free.set(block.bytes, [block]);
    else list.push(block);
  }

  #create(op: string, bytes: number): Block {
    const { device, budget, track } = this.#options;
    if (this.#heldBytes + bytes > budget) this.#trim(bytes);
    if (this.#heldBytes + bytes > budget) {
      throw new BackendError(
        op,
        `${bytes} bytes more than the ${this.#heldBytes} held exceed the budget (${this.#heldBytes + bytes} > ${budget})`,
        "unreachable tensors are collected only between tasks, so await synchronize() now and then, free early with scope() or dispose(), or allow more with webgpu({ budget })",
      );
    }
    const usage = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyDestination;
    const make = () => device.createBuffer({ size: bytes, usage, label: op });
    const { result: raw, error } = guarded(device, op, make, ["out-of-memory"]);
    const creation = new Outcome();
    creation.close(error);
    track(creation);
    this.#heldBytes += bytes;
    const block = { id: this.#created++, raw, bytes, creation, batch: -1 };
    void creation.settled.then(() => {
      if (creation.failure !== undefined) this.#forget(block);
    });
    return block;
  }

  /** Destroys free blocks until `bytes` more fit, or none is left. */
  #trim(bytes: number): void {
    if (this.#freeBytes === 0) return;
    this.#options.flush();
    for (const list of this.#free.values()) {
      while (list.length > 0 && this.#heldBytes + bytes > this.#options.budget) {
        const block = list.pop();
        if (block === undefined) break;
        this.#freeBytes -= block.bytes;
        this.#destroy(block);
      }
    }
  }

  /** A block that the device had no room for must not be used again. */
  #forget(block: Block): void {
    const list = this.#free.get(block.bytes);
    const at = list?.indexOf(block) ?? -1;
    if (at < 0) return;
    list?.splice(at, 1);
    this.#freeBytes -= block.bytes;
    this.#destroy(block);
  }

  #destroy(block: Block): void {
    this.#heldBytes -= block.bytes;
    block.raw.destroy();
  }
}

/** Four sizes per octave: at most a quarter is wasted, and sizes that differ a little share blocks. */
export function sizeClass(bytes: number): number {
  if (bytes <= smallest) return smallest;
  const octave = 2 ** Math.floor(Math.log2(bytes));
  const step = Math.max(octave / 4, smallest);
  return Math.ceil(bytes / step) * step;
}
