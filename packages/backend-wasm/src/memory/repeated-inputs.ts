/**
 * Tensors that compiled code gets repeatedly. From the second time on a copy stays in linear memory, so that weights that are
 * arguments, or the data of an evaluation, are not copied at every call. The least recently used copies are dropped. Only the
 * buffer refers to its copy. The copy does not refer to the buffer, not even by a WeakRef, because that keeps its target until
 * the current task ends.
 */
import type { HostBuffer } from "@tapegrad/backend-cpu";
import { bytesPerElement, sizeOf, type TensorType } from "@tapegrad/core";
import type { LinearMemory } from "./linear-memory.ts";
import { Resident, residentOf } from "./resident.ts";

/** Smaller ones are copied as fast as they are looked up. */
const worthKeeping = 4096;

export class RepeatedInputs {
  readonly #memory: LinearMemory;
  readonly #capacity: number;
  readonly #seen = new WeakSet<HostBuffer>();
  /** Copies and their bytes, the one unused for longest first. */
  readonly #kept = new Map<Resident, number>();

  /** `capacity`: bytes of all copies between calls. */
  constructor(memory: LinearMemory, capacity = 64 * 2 ** 20) {
    this.#memory = memory;
    this.#capacity = capacity;
  }

  /** Where the data of `buffer` lie in linear memory; undefined unless they came before. */
  find(buffer: HostBuffer, type: TensorType): Resident | undefined {
    const bytes = sizeOf(type.shape) * bytesPerElement(type.dtype);
    if (bytes < worthKeeping || bytes > this.#capacity) return undefined;
    if (buffer.remote instanceof Resident && !this.#kept.has(buffer.remote)) return buffer.remote;
    if (!this.#seen.has(buffer)) {
      this.#seen.add(buffer);
      return undefined;
    }
    const resident = residentOf(this.#memory, buffer, type);
    this.#kept.delete(resident);
    this.#kept.set(resident, bytes);
    return resident;
  }

  /** Frees what was not used for longest, where there is more than may be kept. To be called when no code runs. */
  trim(): void {
    let total = [...this.#kept.values()].reduce((sum, bytes) => sum + bytes, 0);
    for (const [resident, bytes] of this.#kept) {
      if (total <= this.#capacity && !resident.isFree) continue;
      this.#kept.delete(resident);
      total -= bytes;
      resident.free();
    }
  }
}
