/** A memory for operands and results of eager kernels while they compute. Nothing stays in it. */
import { bytesPerElement, type DType, type TypedArray } from "@tapegrad/core";
import { arrayAt } from "../memory/typed-view.ts";

const page = 65536;
/** Bytes that kernels may read and write behind what they were asked for. */
const slack = 128;
/** The first address. */
export const start = 64;

type Views = Readonly<Record<DType, TypedArray>>;

export class Scratch {
  readonly memory = new WebAssembly.Memory({ initial: 4 });
  #views = viewsOf(this.memory);

  /** The memory as elements of each dtype, up to address `end` at least. @throws RangeError when the platform has no more memory. */
  views(end: number): Views {
    const missing = end - this.memory.buffer.byteLength;
    if (missing > 0) {
      this.memory.grow(Math.ceil(missing / page));
      this.#views = viewsOf(this.memory);
    }
    return this.#views;
  }
}

function viewsOf(memory: WebAssembly.Memory): Views {
  const { byteLength } = memory.buffer;
  const all = (dtype: DType) => arrayAt(memory, 0, { dtype, shape: [byteLength / bytesPerElement(dtype)] });
  return {
    bool: all("bool"),
    int32: all("int32"),
    float16: all("float16"),
    float32: all("float32"),
    float64: all("float64"),
  };
}

/** The first address for a vector behind so many bytes, and their slack, at `address`. */
export function behind(address: number, bytes: number): number {
  return address + 16 * Math.ceil((bytes + slack) / 16);
}
