/**
 * Values of Parameters in linear memory, where compiled code reads and writes them without copies. A Resident knows the value's
 * place, but neither the tensor nor the buffer, because the registry that frees the place when they are collected holds the
 * Resident.
 */
import type { HostBackend, HostBuffer, Remote } from "@tapegrad/backend-cpu";
import { bytesPerElement, sizeOf, type Tensor, type TensorType, type TypedArray } from "@tapegrad/core";
import { slack } from "../program/target.ts";
import type { LinearMemory } from "./linear-memory.ts";
import { arrayAt } from "./typed-view.ts";

/** Of buffers that were collected. */
const collected = new FinalizationRegistry<Resident>((resident) => resident.free());

export class Resident implements Remote {
  readonly address: number;
  readonly #memory: LinearMemory;
  readonly #type: TensorType;
  #isFree = false;

  /** Room for a value of `type`. @throws BackendError when the platform has no more memory. */
  constructor(memory: LinearMemory, { shape, dtype }: TensorType) {
    this.#memory = memory;
    this.#type = { shape, dtype }; // A Tensor is a TensorType, too, and must not be held here.
    this.address = memory.allocate(sizeOf(shape) * bytesPerElement(dtype) + slack);
  }

  /** Frees the place when `owner` is collected. */
  freeWith(owner: HostBuffer): void {
    collected.register(owner, this, this);
  }

  read(): TypedArray {
    return this.view().slice();
  }

  view(): TypedArray {
    return arrayAt(this.#memory.memory, this.address, this.#type);
  }

  write(data: TypedArray): void {
    this.view().set(data);
  }

  get isFree(): boolean {
    return this.#isFree;
  }

  free(): void {
    if (this.#isFree) return;
    this.#isFree = true;
    collected.unregister(this);
    this.#memory.free(this.address);
  }
}

/** Where the data of `buffer` lie in linear memory, copied there if they did not. */
export function residentOf(memory: LinearMemory, buffer: HostBuffer, type: TensorType): Resident {
  if (buffer.remote instanceof Resident) return buffer.remote;
  const resident = new Resident(memory, type);
  resident.write(buffer.data);
  buffer.attach(resident);
  resident.freeWith(buffer);
  return resident;
}

/** The tensor whose value `resident` is. */
export function tensorAt(backend: HostBackend, resident: Resident, type: TensorType): Tensor {
  const tensor = backend.tensorOf(type, resident);
  resident.freeWith(backend.bufferOf(tensor));
  return tensor;
}
