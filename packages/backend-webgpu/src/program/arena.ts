/** Device memory in which all Programs run, one after the other. It grows, and what it held before is never needed again. */
import type { Block } from "../device/memory.ts";
import type { Pool } from "../device/pool.ts";

export class Arena {
  readonly #pool: Pool;
  #blocks: readonly Block[] = [];

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Blocks of `segment` bytes, of which the last may be shorter, `bytes` in all. @throws BackendError where they do not fit. */
  reserve(bytes: number, segment: number): readonly Block[] {
    const count = Math.ceil(bytes / segment);
    const isEnough = (block: Block | undefined, i: number) =>
      block !== undefined &&
      block.creation.failure === undefined &&
      block.bytes >= Math.min(segment, bytes - i * segment);
    const blocks = Array.from({ length: Math.max(count, this.#blocks.length) }, (_, i) => {
      const known = this.#blocks[i];
      if (known !== undefined && (i >= count || isEnough(known, i))) return known;
      if (known !== undefined) this.#pool.give(known);
      return this.#pool.take("compile", Math.min(segment, bytes - i * segment));
    });
    this.#blocks = blocks;
    return blocks.slice(0, count);
  }
}
