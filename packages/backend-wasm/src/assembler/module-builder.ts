/** A WebAssembly module in the binary format: imports, functions, exports, data, and names for error messages. */
import { internal } from "@tapegrad/core/internal";
import { ByteWriter } from "./byte-writer.ts";
import type { Expression, Operand, ResultType, ValueType } from "./expression.ts";
import { instruction, lift } from "./expression.ts";
import type { FunctionRef, Locals } from "./function-builder.ts";
import { FunctionBuilder, localAt, typeCodes } from "./function-builder.ts";

/** The memory that the module imports; sizes in pages of 64 KiB. A shared one must have a maximum. */
export interface MemoryImport {
  readonly module: string;
  readonly name: string;
  readonly minimum: number;
  readonly maximum?: number;
  readonly shared?: boolean;
}

interface Import {
  readonly module: string;
  readonly name: string;
  readonly typeIndex: number;
}

/** Bytes that `dataInit` copies into memory, at an address known at run time. */
export interface DataRef {
  readonly index: number;
  readonly length: number;
}

export class ModuleBuilder {
  readonly #memory: MemoryImport | undefined;
  readonly #types = new Map<string, number>();
  readonly #imports: Import[] = [];
  readonly #functions: { readonly typeIndex: number; body: ByteWriter | undefined }[] = [];
  readonly #names: string[] = [];
  readonly #exports = new Map<string, number>();
  readonly #data: { readonly bytes: Uint8Array; readonly address: number | undefined }[] = [];

  constructor(options: { readonly memory?: MemoryImport } = {}) {
    this.#memory = options.memory;
  }

  /** Imports come before the module's own functions, as they do in the index space. */
  importFunction<const P extends readonly ValueType[], R extends ResultType>(
    module: string,
    name: string,
    parameters: P,
    result: R,
  ): FunctionRef<P, R> {
    if (this.#functions.length > 0) throw internal(`import of ${module}.${name} after a function was made`);
    const index = this.#imports.push({ module, name, typeIndex: this.#type(parameters, result) }) - 1;
    this.#names.push(name);
    return { name, index, parameters, result };
  }

  /**
   * Makes a function from the statements of `body`. A function with a result ends in `f.return`. The reference, which
   * `body` also gets, may be called before the function is finished; functions may be made inside each other's bodies.
   */
  function<const P extends readonly ValueType[], R extends ResultType>(
    name: string,
    parameters: P,
    result: R,
    body: (f: FunctionBuilder<R>, parameters: Locals<P>, self: FunctionRef<P, R>) => void,
  ): FunctionRef<P, R> {
    const slot: { readonly typeIndex: number; body: ByteWriter | undefined } = {
      typeIndex: this.#type(parameters, result),
      body: undefined,
    };
    const index = this.#imports.length + this.#functions.push(slot) - 1;
    this.#names.push(name);
    const reference = { name, index, parameters, result };
    const builder = new FunctionBuilder(name, parameters, result);
    // The one unchecked cast: mapping a tuple keeps its length and order, which `map` cannot say.
    const locals = parameters.map((type, i) => localAt(type, i)) as Locals<P>;
    body(builder, locals, reference);
    if (result !== "none") builder.unreachable();
    slot.body = builder.finish();
    return reference;
  }

  export(target: FunctionRef, name = target.name): void {
    if (this.#exports.has(name)) throw internal(`two exports are called ${name}`);
    this.#exports.set(name, target.index);
  }

  /** Bytes in the module: written to `address` at instantiation, or without one wherever `dataInit` says. */
  data(bytes: Uint8Array, address?: number): DataRef {
    return { index: this.#data.push({ bytes, address }) - 1, length: bytes.length };
  }

  build(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter(4096);
    out.append([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    section(out, 1, [...this.#types.keys()], (code, type) => {
      const [parameters = "", result = ""] = type.split(">");
      code.byte(0x60);
      code.sized(signature(parameters));
      code.sized(signature(result));
    });
    section(out, 2, this.#importEntries(), (code, write) => write(code));
    section(out, 3, this.#functions, (code, { typeIndex }) => code.unsigned(typeIndex));
    section(out, 7, [...this.#exports], (code, [name, index]) => {
      code.text(name);
      code.byte(0x00);
      code.unsigned(index);
    });
    if (this.#data.length > 0) custom(out, 12, (code) => code.unsigned(this.#data.length));
    section(out, 10, this.#functions, (code, { body }) => {
      if (body === undefined) throw internal("build before a function was finished");
      code.sized(body.bytes);
    });
    section(out, 11, this.#data, (code, { bytes, address }) => {
      code.byte(address === undefined ? 0x01 : 0x00);
      if (address !== undefined) {
        lift("i32", address).emit(code);
        code.byte(0x0b);
      }
      code.sized(bytes);
    });
    this.#nameSection(out);
    return out.bytes.slice();
  }

  #type(parameters: readonly ValueType[], result: ResultType): number {
    const key = `${parameters.join(",")}>${result === "none" ? "" : result}`;
    const known = this.#types.get(key) ?? this.#types.size;
    this.#types.set(key, known);
    return known;
  }

  #importEntries(): ((code: ByteWriter) => void)[] {
    const entries = this.#imports.map(({ module, name, typeIndex }) => (code: ByteWriter) => {
      code.text(module);
      code.text(name);
      code.byte(0x00);
      code.unsigned(typeIndex);
    });
    const memory = this.#memory;
    if (memory === undefined) return entries;
    const writeMemory = (code: ByteWriter) => {
      code.text(memory.module);
      code.text(memory.name);
      code.byte(0x02);
      code.byte((memory.maximum === undefined ? 0 : 1) | (memory.shared === true ? 2 : 0));
      code.unsigned(memory.minimum);
      if (memory.maximum !== undefined) code.unsigned(memory.maximum);
    };
    return [...entries, writeMemory];
  }

  /** The custom section that lets validation errors and profilers name the function. */
  #nameSection(out: ByteWriter): void {
    custom(out, 0, (code) => {
      code.text("name");
      section(code, 1, [...this.#names.entries()], (names, [index, name]) => {
        names.unsigned(index);
        names.text(name);
      });
    });
  }
}

/** Copies a passive data segment to an address. */
export function dataInit(data: DataRef, address: Operand<"i32">): Expression<"none"> {
  const operands = [lift("i32", address), lift("i32", 0), lift("i32", data.length)];
  return instruction(0xfc0008, "none", operands, (code) => {
    code.unsigned(data.index);
    code.byte(0);
  });
}

function signature(types: string): number[] {
  const codes: Readonly<Record<string, number>> = typeCodes;
  return types === "" ? [] : types.split(",").map((type) => codes[type] ?? 0);
}

function custom(out: ByteWriter, id: number, write: (code: ByteWriter) => void): void {
  const code = new ByteWriter();
  write(code);
  out.byte(id);
  out.sized(code.bytes);
}

/** A section that is a vector of entries; none, and it is left out. */
function section<T>(out: ByteWriter, id: number, entries: readonly T[], write: (code: ByteWriter, entry: T) => void) {
  if (entries.length === 0) return;
  custom(out, id, (code) => {
    code.unsigned(entries.length);
    for (const entry of entries) write(code, entry);
  });
}
