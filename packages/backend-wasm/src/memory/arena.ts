/** The memory in which all Programs of a backend run, one at a time. It is as large as the largest Program needs. */
import type { LinearMemory } from "./linear-memory.ts";

export class Arena {
  readonly #memory: LinearMemory;
  #address = 0;
  #bytes = 0;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }

  /** Where it begins; it can move whenever another Program is compiled. */
  get address(): number {
    return this.#address;
  }

  /** Makes room for a Program. Nothing is kept. @throws BackendError when the platform has no more memory. */
  reserve(bytes: number): void {
    if (bytes <= this.#bytes) return;
    if (this.#bytes > 0) this.#memory.free(this.#address);
    this.#bytes = 0;
    this.#address = this.#memory.allocate(bytes);
    this.#bytes = bytes;
  }
}
