/**
 * The part of the WebAssembly JavaScript interface that the backend uses. Neither the ECMAScript library nor Node's types
 * declare it, and the DOM library, which does, would let browser-only names pass in code that also runs in Node.
 */
declare namespace WebAssembly {
  type Imports = Record<string, Record<string, (...x: never[]) => unknown> | { memory: Memory }>;
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    grow(pages: number): number;
  }
  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
  class CompileError extends Error {}
  class RuntimeError extends Error {}
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
  function instantiate(module: Module, imports?: Record<string, Record<string, unknown>>): Promise<Instance>;
  function instantiate(
    bytes: Uint8Array<ArrayBuffer>,
    imports?: Record<string, Record<string, unknown>>,
  ): Promise<{ module: Module; instance: Instance }>;
  function validate(bytes: Uint8Array<ArrayBuffer>): boolean;
}
