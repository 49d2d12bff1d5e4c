/**
 * A backend whose tensors are typed arrays. Its engine, which computes with them, is large and may arrive later than the first
 * tensors. Until then calls are recorded, so that results do not depend on when the engine arrived.
 */

import {
  applyStored,
  type Backend,
  type Buffer,
  bufferOf,
  bytesPerElement,
  type DType,
  dtypes,
  type Executable,
  fromBuffer,
  interpret,
  type Kernel,
  type Ledger,
  type MemoryReport,
  type Program,
  type Residents,
  sizeOf,
  type Tensor,
  type TensorType,
  type TypedArray,
  UnsupportedError,
  withBackend,
} from "@tapegrad/core";
import {
  castOp,
  computedIn,
  defined,
  isPacked,
  OfThisCopy,
  unwatched,
  withMemoryFor,
  yieldToEventLoop,
} from "@tapegrad/core/internal";
import { allocateFor, type CpuKernel } from "../kernels/kernel.ts";
import { DeferredBuffer, DeferredCall, type HostStorage } from "./deferred.ts";
import { HostBuffer, type Remote } from "./host-buffer.ts";

/** What computes with typed arrays. */
export interface HostEngine {
  /** By op name. */
  readonly kernels: Readonly<Record<string, CpuKernel>>;
  /** Programs run otherwise than by the kernels. */
  readonly compile?:
    | ((program: Program, backend: HostBackend, residents?: Residents) => Executable | undefined)
    | undefined;
  /** What runs in place of a kernel. */
  readonly accelerate?: ((kernel: Kernel, backend: HostBackend) => Kernel) | undefined;
}

/** An engine that is on its way. */
export interface Arrival {
  /** Loads the engine, by `equip`; if it cannot, reads fail with the reason. */
  load(): Promise<unknown>;
  /** Kernels that are loaded already, for reads that cannot wait. */
  readonly kernels?: HostEngine["kernels"] | undefined;
}

/** A backend whose tensors are ordinary typed arrays, so that the garbage collector is enough. */
export class HostBackend extends OfThisCopy implements Backend {
  /** What messages call it. */
  readonly name: string;
  /** How many threads run a Program that is long enough. */
  readonly threads: number;
  compile: ((program: Program, residents?: Residents) => Executable | undefined) | undefined;
  kernels: ReadonlyMap<string, Kernel>;
  readonly applyStored = applyStored;
  #engine: HostEngine | undefined;
  #arrival: Arrival | undefined;
  #arriving: Promise<unknown> | undefined;
  #ledger: Ledger | undefined;

  constructor(name: string, engine?: HostEngine, threads = 1) {
    super();
    this.name = name;
    this.threads = threads;
    this.kernels = new EveryKernel((operands, attributes, output, op) => {
      const compute = () => {
        const kernel = this.kernels.get(op.name);
        if (kernel === undefined)
          throw new UnsupportedError(op.name, `the ${name} backend has no kernel for it`, "use another backend");
        return [this.#settled(withMemoryFor(op.name, output, () => kernel(operands, attributes, output, op)))];
      };
      const inputs = operands.map(({ buffer }) => stored(buffer));
      return defined(this.#defer(inputs, [output], compute)[0], "result");
    });
    this.compile = (program, residents) => this.#compileLater(program, residents);
    if (engine !== undefined) this.equip(engine);
  }

  /** Whether ops are computed now, or recorded. */
  get isEquipped(): boolean {
    return this.#engine !== undefined;
  }

  /** Gives the backend its engine; a second one changes nothing. */
  equip(engine: HostEngine): void {
    if (this.#engine !== undefined) return;
    this.#engine = engine;
    const { compile, accelerate = (kernel) => kernel } = engine;
    this.compile = compile && ((program, residents) => compile(program, this, residents));
    this.kernels = this.#kernelsOf(engine.kernels, accelerate);
  }

  /** Begins to load the engine. */
  expect(arrival: Arrival): void {
    this.#arrival = arrival;
    this.#arrived().catch(() => {});
  }

  #arrived(): Promise<unknown> {
    this.#arriving ??= defined(this.#arrival, "arrival")
      .load()
      .catch((error) => {
        this.#arriving = undefined; // The next to ask tries again.
        throw error;
      });
    return this.#arriving;
  }

  #kernelsOf(
    table: HostEngine["kernels"],
    accelerate: (kernel: Kernel, backend: HostBackend) => Kernel,
  ): ReadonlyMap<string, Kernel> {
    return new Map(Object.entries(table).map(([op, kernel]) => [op, accelerate(this.#wrap(kernel), this)]));
  }

  /** Its data are to be read, never written. */
  bufferOf(tensor: Tensor): HostBuffer {
    return this.#settled(bufferOf(tensor));
  }

  /** A tensor that takes over `data`. */
  tensorOf(type: TensorType, data: TypedArray | Remote): Tensor {
    return fromBuffer(type, this.#own(data, type));
  }

  readonly hostKernel: Kernel = (inputs, attributes, output, op) => {
    const operands = inputs.map(({ shape, dtype, buffer }) => ({ shape, dtype, data: this.#settled(buffer).data }));
    const data = allocateFor(output);
    defined(op.host, "computation on the host").call(op, operands, attributes, { ...output, data });
    return this.#own(data, output);
  };

  #wrap(kernel: CpuKernel): Kernel {
    return (inputs, attributes, output) => {
      const operands = inputs.map(({ shape, dtype, buffer }) => ({ shape, dtype, data: this.#settled(buffer).data }));
      const result = kernel(operands, attributes, output);
      const shared = operands.findIndex(({ data }) => data === result);
      return shared < 0 ? this.#own(result, output) : share(this.#settled(inputs[shared]!.buffer));
    };
  }

  #own(data: TypedArray | Remote, type: TensorType): HostBuffer {
    const buffer = new HostBuffer(this, data, type.dtype);
    this.#ledger?.add(buffer, bytesOf(type));
    return buffer;
  }

  /** The buffer that has the data, computed now if it must be. */
  #settled(buffer: Buffer): HostBuffer {
    if (buffer instanceof HostBuffer) return buffer;
    const deferred = stored(buffer);
    if (deferred instanceof HostBuffer) return deferred;
    if (!deferred.call.isDone) this.#settle(deferred.call);
    if (deferred.data === undefined) throw deferred.call.failure;
    return deferred.data;
  }

  #settle(call: DeferredCall): void {
    const settle = () => unwatched(() => withBackend(this, () => call.settle((input) => this.release(input))));
    if (this.isEquipped) {
      settle();
      return;
    }
    const table = this.#arrival?.kernels;
    if (table === undefined)
      throw new UnsupportedError(
        "dataSync",
        `the code of the ${this.name} backend is still being loaded`,
        "await synchronize() once before, or use await t.data()",
      );
    const { kernels, compile } = this;
    this.kernels = this.#kernelsOf(table, (kernel) => kernel);
    this.compile = undefined; // Large ops would be compiled, so recorded, and settled here again.
    try {
      settle();
    } finally {
      Object.assign(this, { kernels, compile });
    }
  }

  #defer(inputs: readonly HostStorage[], types: readonly TensorType[], run: () => readonly HostBuffer[]) {
    const { outputs } = new DeferredCall(this, inputs, types.length, () => {
      for (const input of inputs) this.#settled(input); // What failed there is what failed here.
      const results = run();
      for (const output of outputs) this.#ledger?.remove(output);
      return results;
    });
    for (const [i, type] of types.entries()) this.#ledger?.add(defined(outputs[i], "output"), bytesOf(type));
    return outputs;
  }

  #compileLater(program: Program, residents?: Residents): Executable {
    let compiled: Executable | undefined;
    const interpreted: Executable = (tensors) => interpret(program, tensors);
    const executable = () => {
      if (this.isEquipped) compiled ??= this.compile?.(program, residents) ?? interpreted;
      return compiled ?? interpreted;
    };
    const typed = (variables: readonly TensorType[], buffers: readonly Buffer[]) =>
      buffers.map((buffer, i) => fromBuffer(defined(variables[i], "type"), buffer));
    const execute: Executable = (tensors) => {
      if (this.isEquipped) return executable()(tensors);
      const inputs = tensors.map((tensor) => stored(bufferOf(tensor))); // The tensors may be disposed of before the call is done.
      const run = () => {
        const given = typed(program.inputs, inputs);
        const results = executable()(given);
        // Interpreted, a Program may give an input back, or one result twice.
        const isNew = (result: Tensor, i: number) => !given.includes(result) && results.indexOf(result) === i;
        return results.map((result, i) => (isNew(result, i) ? this.bufferOf(result) : share(this.bufferOf(result))));
      };
      return typed(program.outputs, this.#defer(inputs, program.outputs, run));
    };
    const known = <Answer>(answer: Answer | undefined): Answer => {
      if (answer !== undefined) return answer;
      const remedy = this.isEquipped ? "choose another backend" : "await synchronize() once before";
      throw new UnsupportedError("compile", `the ${this.name} backend has no report of this Program`, remedy);
    };
    const report = () => known(executable().report?.());
    const plan = () => known(executable().plan?.());
    return Object.assign(execute, { report, plan });
  }

  /** Whether tensors can have that dtype. */
  supports(dtype: DType): boolean {
    return dtypes.includes(dtype);
  }

  upload(data: TypedArray, dtype: DType): Buffer {
    const copy = data.slice();
    if (isPacked(dtype)) return this.#cast(new HostBuffer(this, copy, computedIn(dtype)), dtype);
    return this.#own(copy, { shape: [data.length], dtype });
  }

  readSync(buffer: Buffer): TypedArray {
    return this.#unpacked(buffer) ?? this.#settled(buffer).data.slice();
  }

  view(buffer: Buffer): TypedArray {
    return this.#unpacked(buffer) ?? this.#settled(buffer).view;
  }

  /** The values of a packed dtype, which host arrays hold in the dtype that ops compute in; undefined of others. */
  #unpacked(buffer: Buffer): TypedArray | undefined {
    const from = this.#settled(buffer);
    if (!isPacked(from.dtype)) return undefined;
    const values = this.#settled(this.#cast(from, computedIn(from.dtype)));
    const { data } = values;
    this.release(values);
    return data;
  }

  /** By the kernel, which packs and unpacks: so that code arrives with the engine. */
  #cast(buffer: HostBuffer, dtype: DType): Buffer {
    const kernel = defined(this.kernels.get(castOp.name), "the kernel of casts");
    const shape = [buffer.data.length];
    return unwatched(() => kernel([{ shape, dtype: buffer.dtype, buffer }], { dtype }, { shape, dtype }, castOp));
  }

  async read(buffer: Buffer): Promise<TypedArray> {
    if (!this.isEquipped && !isSettled(stored(buffer))) await this.#arrived();
    try {
      return this.readSync(buffer);
    } finally {
      await yieldToEventLoop();
    }
  }

  /** The garbage collector frees what no tensor holds; this only keeps the account. */
  release(buffer: Buffer): void {
    const given = [stored(buffer)];
    for (let released = given.pop(); released !== undefined; released = given.pop()) {
      released.holders--;
      if (released.holders > 0) continue;
      this.#ledger?.remove(released);
      if (released instanceof HostBuffer) released.free();
      else if (released.data !== undefined) given.push(released.data);
      else if (released.call.outputs.every(({ holders }) => holders === 0)) given.push(...released.call.abandon());
    }
  }

  retire(buffer: Buffer): void {
    const retired = stored(buffer);
    if (retired instanceof HostBuffer) retired.retire();
    else if (retired.data === undefined) retired.isRetired = true;
    else retired.data.retire();
  }

  async synchronize(): Promise<void> {
    if (!this.isEquipped) await this.#arrived();
  }

  memory(origin: (() => string) | undefined, ledger: () => Ledger): MemoryReport {
    this.#ledger ??= ledger();
    this.#ledger.origin ??= origin;
    return this.#ledger.report(this.name);
  }
}

/** One kernel in the place of all. */
class EveryKernel extends Map<string, Kernel> {
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    super();
    this.#kernel = kernel;
  }

  override get(): Kernel {
    return this.#kernel;
  }
}

function stored(buffer: Buffer): HostStorage {
  if (buffer instanceof HostBuffer || buffer instanceof DeferredBuffer) return buffer;
  throw new Error("internal: a foreign buffer reached backend-cpu");
}

function isSettled(buffer: HostStorage): boolean {
  return buffer instanceof HostBuffer || buffer.call.isDone;
}

function bytesOf({ shape, dtype }: TensorType): number {
  return sizeOf(shape) * bytesPerElement(dtype);
}

function share(buffer: HostBuffer): HostBuffer {
  buffer.holders++;
  return buffer;
}
