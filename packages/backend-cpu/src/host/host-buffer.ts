/** Where the data of a tensor on a host backend is: in a typed array, or elsewhere until somebody asks for it. */
import type { Backend, Buffer, DType, TypedArray } from "@tapegrad/core";

/** A copy of a buffer's data in memory that is not collected. Whoever frees it need not know the buffer. */
export interface Remote {
  readonly isFree: boolean;
  /** The data as an array of its own. */
  read(): TypedArray;
  /** The data where they lie, to be read at once. */
  view(): TypedArray;
  free(): void;
}

/** A typed array, or where to read it from when somebody asks. */
export class HostBuffer implements Buffer {
  /** The backend that allocated it. */
  readonly backend: Backend;
  /** What is stored: of a packed dtype, `data` has the bits. */
  readonly dtype: DType;
  /** Tensors that were given this buffer and have not released it. */
  holders = 1;
  #data: TypedArray | undefined;
  #remote: Remote | undefined;

  constructor(backend: Backend, data: TypedArray | Remote, dtype: DType) {
    this.backend = backend;
    this.dtype = dtype;
    if (ArrayBuffer.isView(data)) this.#data = data;
    else this.#remote = data;
  }

  /** The elements, row-major, as they are stored. */
  get data(): TypedArray {
    this.#data ??= this.remote?.read();
    if (this.#data === undefined) throw new Error("internal: a buffer without data");
    return this.#data;
  }

  /** The data where they lie, to be read at once and not kept. */
  get view(): TypedArray {
    return this.#data ?? this.remote?.view() ?? this.data;
  }

  /** Where the data is while it is not in this buffer. */
  get remote(): Remote | undefined {
    if (this.#remote?.isFree === true) this.#remote = undefined;
    return this.#remote;
  }

  /** Adds a copy of the data. */
  attach(remote: Remote): void {
    this.#remote = remote;
  }

  /** Frees the copy; the data stay. */
  retire(): void {
    if (this.remote === undefined) return;
    this.#data ??= this.remote.read();
    this.free();
  }

  /** Frees the copy, which nobody will read again. */
  free(): void {
    this.#remote?.free();
    this.#remote = undefined;
  }
}
