/** Allocates and frees pieces of a WebAssembly memory, which grows when no free piece is large enough. */
import { BackendError } from "@tapegrad/core";

/** Cache lines of the machines that this runs on; kernels ask for 16. */
const alignment = 64;
const page = 65536;

interface Span {
  readonly from: number;
  readonly to: number;
}

export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  /** By address, bytes given out. */
  readonly #given = new Map<number, number>();
  /** In order, none next to another. */
  #free: Span[];

  /** The first page is never given out, so that no valid address is 0. */
  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.#free = memory.buffer.byteLength > page ? [{ from: page, to: memory.buffer.byteLength }] : [];
  }

  /** The address of that many bytes, a multiple of 64. @throws BackendError when the platform has no more memory. */
  allocate(bytes: number): number {
    const size = Math.max(alignment, alignment * Math.ceil(bytes / alignment));
    const fits = ({ from, to }: Span) => to - from >= size;
    if (!this.#free.some(fits)) this.#grow(size);
    const index = this.#free.findIndex(fits);
    const span = this.#free[index];
    if (span === undefined) throw new Error("internal: the memory did not grow");
    const rest = { from: span.from + size, to: span.to };
    this.#free.splice(index, 1, ...(rest.from < rest.to ? [rest] : []));
    this.#given.set(span.from, size);
    return span.from;
  }

  free(address: number): void {
    const size = this.#given.get(address);
    if (size === undefined) throw new Error("internal: freed twice");
    this.#given.delete(address);
    this.#release({ from: address, to: address + size });
  }

  #release({ from, to }: Span): void {
    const before = this.#free.find((span) => span.to === from);
    const after = this.#free.find((span) => span.from === to);
    const joined = { from: before?.from ?? from, to: after?.to ?? to };
    this.#free = this.#free.filter((span) => span !== before && span !== after);
    const index = this.#free.findIndex((span) => span.from > joined.from);
    this.#free.splice(index < 0 ? this.#free.length : index, 0, joined);
  }

  #grow(bytes: number): void {
    const end = this.memory.buffer.byteLength;
    const last = this.#free.at(-1);
    const missing = bytes - (last?.to === end ? end - last.from : 0);
    try {
      this.memory.grow(Math.ceil(missing / page));
    } catch (cause) {
      const error = new BackendError(
        "wasm",
        `out of memory: ${bytes} bytes were asked for, ${end} are in use`,
        "use smaller batches, or checkpoint",
      );
      error.cause = cause;
      throw error;
    }
    this.#release({ from: end, to: this.memory.buffer.byteLength });
  }
}
