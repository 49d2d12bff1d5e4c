/**
 * Counts the WebAssembly memory of a process from outside. It must be loaded before any code that makes such memory
 * (`node --import`), because it counts what the constructor makes.
 */

const memories: WebAssembly.Memory[] = [];

const { Memory } = WebAssembly;

class CountedMemory extends Memory {
  constructor(...descriptor: ConstructorParameters<typeof Memory>) {
    super(...descriptor);
    memories.push(this);
  }
}

Object.assign(WebAssembly, { Memory: CountedMemory });

/** Bytes of all memories together, as large as they have grown. */
export function wasmBytes(): number {
  return memories.reduce((bytes, memory) => bytes + memory.buffer.byteLength, 0);
}
