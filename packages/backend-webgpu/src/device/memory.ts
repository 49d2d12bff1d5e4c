/** The memory of one result: a block of device memory, how many tensors share it, and what its contents depend on. */
import type { RawBuffer } from "./gpu.ts";
import { type Outcome, unproven } from "./outcome.ts";

/** Device memory that is used again and again. */
export interface Block {
  readonly raw: RawBuffer;
  readonly bytes: number;
  /** Whether the device had room for it. */
  readonly creation: Outcome;
  /** The batch of commands that used it last. */
  batch: number;
}

export class Memory {
  readonly block: Block;
  /** Of the contents. */
  readonly bytes: number;
  /** Tensors that have not let go of it. */
  holders = 1;
  #outcomes: ReadonlySet<Outcome>;

  constructor(block: Block, bytes: number) {
    this.block = block;
    this.bytes = bytes;
    this.#outcomes = unproven([block.creation]);
  }

  /** What may still fail, or has failed, of the work that its contents come from. */
  get outcomes(): ReadonlySet<Outcome> {
    return this.#outcomes;
  }

  /** Its contents now also depend on `outcomes`. */
  dependOn(outcomes: Iterable<Outcome>): void {
    this.#outcomes = unproven([...this.#outcomes, ...outcomes]);
  }
}
