/** The memory that tensors hold: which op asked for it, and how much it is. */
import { type MemoryReport, UnsupportedError } from "@tapegrad/core";
import { bytesPerElement } from "../wgsl/element.ts";
import { Memory } from "./memory.ts";
import type { Pool } from "./pool.ts";

/** Positions are u32, and the last step of a loop over the grid must not wrap to the beginning. */
const mostElements = 2 ** 32 - 2 ** 26;

export class Allocations {
  readonly #pool: Pool;
  readonly #live = new Map<Memory, string | undefined>();
  /** Of the call that is running. */
  readonly #made: Memory[] = [];
  #bytes = 0;
  /** Where the caller is; asked for every memory, in debug mode. */
  #origin: (() => string) | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  allocate(op: string, elements: number): Memory {
    if (elements > mostElements) {
      throw new UnsupportedError(
        op,
        `a tensor of ${elements} elements is more than kernels can count (${elements} > ${mostElements})`,
        "split it, or use a smaller batch",
      );
    }
    const bytes = elements * bytesPerElement;
    const memory = new Memory(this.#pool.takePages(op, bytes), bytes);
    this.#made.push(memory);
    this.#live.set(memory, this.#origin?.());
    this.#bytes += bytes;
    return memory;
  }

  /** One holder less; without any, the memory is free. */
  letGo(memory: Memory): void {
    memory.holders--;
    if (memory.holders > 0) return;
    this.#live.delete(memory);
    this.#bytes -= memory.bytes;
    for (const block of memory.blocks) this.#pool.give(block);
  }

  /** Where the call throws, what it has allocated is free again. */
  during<T>(call: () => T): T {
    this.#made.length = 0;
    try {
      return call();
    } catch (error) {
      for (const memory of this.#made) if (memory.holders > 0) this.letGo(memory);
      throw error;
    }
  }

  report(backend: string, origin?: () => string): MemoryReport {
    this.#origin ??= origin;
    const report = { backend, bytes: this.#bytes, buffers: this.#live.size };
    return this.#origin ? { ...report, allocations: this.#byOrigin() } : report;
  }

  #byOrigin(): { origin: string; bytes: number }[] {
    const groups = Map.groupBy(this.#live, ([, origin]) => origin ?? "made before debug mode");
    return Array.from(groups, ([origin, entries]) => ({
      origin,
      bytes: entries.reduce((total, [memory]) => total + memory.bytes, 0),
    })).sort((a, b) => b.bytes - a.bytes);
  }
}
