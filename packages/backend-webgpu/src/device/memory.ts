/**
 * The memory of one result: blocks of device memory, the number of tensors that share it, and the outcomes on which its
 * contents depend.
 */
import { defined, internal } from "@tapegrad/core/internal";
import type { RawBuffer } from "./gpu.ts";
import { type Outcome, unproven } from "./outcome.ts";

/** Device memory that is used again and again. */
export interface Block {
  /** Different for different blocks. */
  readonly id: number;
  readonly raw: RawBuffer;
  readonly bytes: number;
  /** Whether the device had room for it. */
  readonly creation: Outcome;
  /** The batch of commands that used it last. */
  batch: number;
}

const none: ReadonlySet<Outcome> = new Set();

export class Memory {
  /** Pages in order: all are full but the last. */
  readonly blocks: readonly Block[];
  /** Of the contents. */
  readonly bytes: number;
  /** Tensors that have not let go of it. */
  holders = 1;
  #outcomes = none;

  constructor(blocks: readonly Block[], bytes: number) {
    this.blocks = blocks;
    this.bytes = bytes;
  }

  /** The only one. */
  get block(): Block {
    const [first, ...others] = this.blocks;
    if (others.length > 0) throw internal("memory of several pages where one is expected");
    return defined(first, "page");
  }

  /** What may still fail, or has failed, of the work that its contents come from. */
  get outcomes(): ReadonlySet<Outcome> {
    return this.#outcomes;
  }

  /** Its contents now also depend on `outcomes`. Results of one batch share a set, which is never changed. */
  dependOn(outcomes: ReadonlySet<Outcome>): void {
    if (hasAll(this.#outcomes, outcomes)) return;
    this.#outcomes = hasAll(outcomes, this.#outcomes) ? outcomes : unproven([...this.#outcomes, ...outcomes]);
  }
}

function hasAll(set: ReadonlySet<Outcome>, others: ReadonlySet<Outcome>): boolean {
  if (set === others) return true;
  if (others.size > set.size) return false;
  for (const other of others) if (!set.has(other)) return false;
  return true;
}
