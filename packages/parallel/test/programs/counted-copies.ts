/** Counts what JavaScript copies between typed arrays, and knows which bytes lie in WebAssembly memory. Imported before all else. */

const memories: WebAssembly.Memory[] = [];
const { Memory } = WebAssembly;

class CountedMemory extends Memory {
  constructor(...descriptor: ConstructorParameters<typeof Memory>) {
    super(...descriptor);
    memories.push(this);
  }
}

Object.assign(WebAssembly, { Memory: CountedMemory });

/** Whether the bytes are those that compiled code computes with. A memory that has grown has another buffer. */
export function isInWebAssembly({ buffer }: ArrayBufferView): boolean {
  return memories.some((memory) => memory.buffer === buffer);
}

let copies: number[] = [];

/** Bytes of each copy that `set` and `slice` make while `run` runs, of those as large as `least`. */
export function copiesDuring(run: () => void, least: number): readonly number[] {
  copies = [];
  run();
  return copies.filter((bytes) => bytes >= least);
}

const typedArray: object = Object.getPrototypeOf(Uint8Array.prototype);

for (const name of ["set", "slice"] as const) {
  const original: unknown = Reflect.get(typedArray, name);
  if (typeof original !== "function") throw new Error(`a typed array has no ${name}`);
  Reflect.set(typedArray, name, function (this: ArrayBufferView, ...values: unknown[]): unknown {
    const result: unknown = Reflect.apply(original, this, values);
    const copied = name === "set" ? values[0] : result;
    if (ArrayBuffer.isView(copied)) copies.push(copied.byteLength);
    return result;
  });
}
