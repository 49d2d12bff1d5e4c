/** A step of a Program as WGSL: statements over values whose places are known only when the step is dispatched. */
import type { MemoryValue } from "@tapegrad/compiler";
import { type BufferUse, pagesOf } from "../wgsl/buffer.ts";
import { elementOf } from "../wgsl/element.ts";
import type { FunctionName } from "../wgsl/functions.ts";
import { lines } from "../wgsl/shader.ts";
import type { Sizes } from "./sizes.ts";

export interface StepKernel {
  /** For the driver's messages and tools. */
  readonly label: string;
  /** What the body reads and writes, by number. */
  readonly values: readonly MemoryValue[];
  /** Library functions that the body calls; what they call comes along. */
  readonly functions: readonly FunctionName[];
  /** Arrays in workgroup memory, by name; and how many bytes they take. */
  readonly shared?: Readonly<Record<string, string>>;
  readonly sharedBytes?: number;
  /** Invocations per workgroup. */
  readonly invocations: number;
  /** Workgroups that could be busy at once; the device may take fewer, each of which then does more. */
  readonly groups: number;
  /** Whether invocations exchange values directly. */
  readonly subgroups?: boolean;
  /** Whether it computes in float16, wherever its values lie. */
  readonly inHalves?: boolean;
  /** Whether the body reads and writes nothing but vectors of four, which all begin at multiples of four. */
  readonly inFours?: boolean;
  /**
   * Statements. They see `lane` (the invocation's number in its workgroup), `group` and `groups` (the workgroup's number, and
   * how many there are), all u32.
   */
  readonly body: (names: Names) => readonly string[];
}

/** How a kernel may be divided into invocations. */
export interface Division {
  /** Invocations per workgroup where nothing is shared, and where partial results are joined. */
  readonly loop: number;
  readonly join: number;
  /** Side of the square of invocations that share tiles of a matrix product. */
  readonly tileSide: number;
  /** Whether the device is software: reading memory is slow, that of workgroups most of all, and few invocations suffice. */
  readonly isSoftware: boolean;
  /** Whether invocations can exchange values directly. */
  readonly hasSubgroups: boolean;
  /** How numbers that depend on shapes are written. */
  readonly sizes: Sizes;
  /** What products are computed in, and kept in up to `run` of them. */
  readonly products: FloatType;
  /** Whether one workgroup does everything, with equally many invocations for all kernels. */
  readonly isAlone: boolean;
}

/** How a shader with one or more kernels sees the buffers. */
export interface View {
  /** By value of the kernel, the binding of its buffer. */
  readonly bindings: readonly number[];
  /** Whether the elements of the buffers are vectors of four. */
  readonly inFours: boolean;
  /** By binding, how the shader uses the buffer. */
  readonly uses: readonly BufferUse[];
}

/** What products are computed in. */
export type FloatType = "f32" | "f16";

/** How the body of one kernel calls what it reads and writes. */
export class Names {
  readonly #prefix: string;
  readonly #values: readonly MemoryValue[];
  readonly #view: View;

  /** `prefix` keeps the names of several kernels in one shader apart. */
  constructor(prefix: string, { values }: Pick<StepKernel, "values">, view: View) {
    this.#prefix = prefix;
    this.#values = values;
    this.#view = view;
  }

  /** An array in workgroup memory. */
  shared(name: string): string {
    return `${this.#prefix}${name}`;
  }

  /** Element `index`, a u32, of a value, as its WGSL type; a float as the type given. */
  load(value: number, index: string, type: FloatType = "f32"): string {
    const text = this.#read(value, index);
    if (this.#isHalf(value)) return type === "f16" ? text : `f32(${text})`;
    const element = this.#element(value);
    const read = element === "u32" ? text : `bitcast<${element}>(${text})`;
    return type === "f16" ? `f16(${read})` : read;
  }

  /** The statement that writes `text`, of the value's type, to element `index`. */
  store(value: number, index: string, text: string): string {
    const word = this.#element(value) === "u32" ? text : `bitcast<u32>(${text})`;
    return this.#write(value, index, this.#isHalf(value) ? `f16(${text})` : word);
  }

  /** Floats 4 · `index` to 4 · `index` + 3, as a vector. */
  loadFour(value: number, index: string, type: FloatType): string {
    if (!this.#view.inFours) {
      const parts = [0, 1, 2, 3].map((n) => this.load(value, `(${index}) * 4u + ${n}u`, type));
      return `vec4<${type}>(${parts.join(", ")})`;
    }
    const text = this.#read(value, index);
    if (this.#isHalf(value)) return type === "f16" ? text : `vec4<f32>(${text})`;
    const read = `bitcast<vec4<f32>>(${text})`;
    return type === "f16" ? `vec4<f16>(${read})` : read;
  }

  /** The statement that writes the vector of f32 called `name` to floats 4 · `index` and so on. */
  storeFour(value: number, index: string, name: string): string {
    if (this.#view.inFours) {
      const type = this.#isHalf(value) ? "vec4<f16>" : "bitcast<vec4<u32>>";
      return this.#write(value, index, `${type}(${name})`);
    }
    return ["x", "y", "z", "w"]
      .map((part, n) => this.store(value, `(${index}) * 4u + ${n}u`, `${name}.${part}`))
      .join("\n");
  }

  #isHalf(value: number): boolean {
    return this.#use(value)?.isHalf === true;
  }

  #element(value: number) {
    return elementOf("compile", this.#values[value]?.dtype ?? "float64");
  }

  #use(value: number): BufferUse | undefined {
    return this.#view.uses[this.#view.bindings[value] ?? -1];
  }

  #read(value: number, index: string): string {
    const at = `base${value} + (${index})`;
    return this.#isPaged(value) ? `${this.#buffer(value)}At(${at})` : `${this.#buffer(value)}[${at}]`;
  }

  #write(value: number, index: string, text: string): string {
    const at = `base${value} + (${index})`;
    return this.#isPaged(value)
      ? `${this.#buffer(value)}Set(${at}, ${text});`
      : `${this.#buffer(value)}[${at}] = ${text};`;
  }

  #isPaged(value: number): boolean {
    const use = this.#use(value);
    return use !== undefined && pagesOf(use) > 1;
  }

  #buffer(value: number): string {
    return `buffer${this.#view.bindings[value]}`;
  }
}

/** The kernel as a function of its number, `step0`, over the bases of its values. */
export function functionText(name: string, kernel: StepKernel, view: View): string {
  return functionOf(name, kernel, bodyOf(name, kernel, view));
}

export function bodyOf(name: string, kernel: StepKernel, view: View): readonly string[] {
  return kernel.body(new Names(`${name}_`, kernel, view));
}

export function functionOf(name: string, kernel: StepKernel, body: readonly string[]): string {
  const bases = kernel.values.map((_, k) => `base${k}: u32`);
  const parameters = ["lane: u32", "group: u32", "groups: u32", ...bases];
  return [`fn ${name}(${parameters.join(", ")}) {`, ...body.flatMap(lines).map((line) => `  ${line}`), "}"].join("\n");
}
