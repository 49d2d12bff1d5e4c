/** Tensors in the memory of a WebGPU device, and the kernels that work on them. */
import {
  type Backend,
  BackendError,
  type Buffer,
  bufferOf,
  type DType,
  dtypeTable,
  type Executable,
  fromBuffer,
  type Kernel,
  type MemoryReport,
  type Program,
  sizeOf,
  type Tensor,
  type TensorType,
  type TypedArray,
  UnsupportedError,
} from "@tapegrad/core";
import { defined, isPacked, nearest, OfThisCopy } from "@tapegrad/core/internal";
import { Commands } from "./device/commands.ts";
import { type Device, pageBytesOf } from "./device/gpu.ts";
import { Memory } from "./device/memory.ts";
import { failureOf, knownFailure, type Outcome } from "./device/outcome.ts";
import { Pipelines } from "./device/pipelines.ts";
import { Pool } from "./device/pool.ts";
import { Dispatcher } from "./kernels/dispatch.ts";
import type { DeviceKernel, Runtime } from "./kernels/kernel.ts";
import { kernelTable } from "./kernels/kernels.ts";
import { wordOf } from "./kernels/movement.ts";
import { Arena } from "./program/arena.ts";
import { compileProgram, type Platform } from "./program/executable.ts";
import { literals } from "./program/sizes.ts";
import { bytesPerElement, elementOf, hasElement } from "./wgsl/element.ts";

/** A tensor's share in some memory. */
class DeviceBuffer implements Buffer {
  readonly backend: Backend;
  readonly memory: Memory;
  readonly dtype: DType;

  constructor(backend: Backend, memory: Memory, dtype: DType) {
    this.backend = backend;
    this.memory = memory;
    this.dtype = dtype;
  }
}

function ours(buffer: Buffer): DeviceBuffer {
  if (!(buffer instanceof DeviceBuffer)) throw new Error("internal: a foreign buffer reached backend-webgpu");
  return buffer;
}

/** Scalars are made again and again by numbers in expressions, so that some of them are kept. */
const keptScalars = 256;

/** Positions are u32, and the last step of a loop over the grid must not wrap to the beginning. */
const mostElements = 2 ** 32 - 2 ** 26;

export interface WebGPUBackendOptions {
  /** Bytes of device memory that may be held. */
  readonly budget: number;
  /** Whether Programs keep float32 values as float16. */
  readonly float16: boolean;
  readonly label: string;
}

export class WebGPUBackend extends OfThisCopy implements Backend {
  readonly name = "webgpu";
  readonly label: string;
  readonly kernels: ReadonlyMap<string, Kernel>;
  readonly #device: Device;
  readonly #commands: Commands;
  readonly #pipelines: Pipelines;
  readonly #dispatcher: Dispatcher;
  readonly #pool: Pool;
  readonly #platform: Platform;
  readonly #float16: boolean;
  /** Work that is still to succeed. */
  readonly #pending = new Set<Outcome>();
  /** The first failure that `synchronize` has not told yet. */
  #failure: { readonly order: number; readonly error: Error } | undefined;
  #loss: BackendError | undefined;
  readonly #collected = new FinalizationRegistry<Memory>((memory) => this.#letGo(memory));
  readonly #live = new Map<Memory, string | undefined>();
  readonly #scalars = new Map<string, Memory>();
  /** By the kernel that is running, which returns one of them, or fails. */
  readonly #made: Memory[] = [];
  #liveBytes = 0;
  /** Where the caller is; asked for every buffer, in debug mode. */
  #origin: (() => string) | undefined;

  constructor(device: Device, { budget, float16, label }: WebGPUBackendOptions) {
    super();
    this.#device = device;
    this.label = label;
    this.#float16 = float16;
    const track = (outcome: Outcome) => this.#track(outcome);
    this.#commands = new Commands(device, track);
    this.#pipelines = new Pipelines(device, track);
    this.#dispatcher = new Dispatcher(this.#commands, this.#pipelines, device.limits);
    this.#pool = new Pool({ device, budget, flush: () => this.#commands.flush(), track });
    this.kernels = new Map(
      Object.entries<DeviceKernel>(kernelTable).map(([name, kernel]) => [name, this.#wrap(name, kernel)]),
    );
    this.#platform = this.#programPlatform();
    void device.lost.then(({ reason, message }) => {
      const said = [reason, message.trim()].filter((part) => part !== "").join(": ");
      this.#loss = new BackendError(
        "webgpu",
        `the device was lost (${said})`,
        "its tensors are gone; make another with await webgpu()",
      );
    });
  }

  /** Why the device can no longer be used. */
  get loss(): BackendError | undefined {
    return this.#loss;
  }

  supports(dtype: DType): boolean {
    return hasElement(dtype);
  }

  /** Undefined for what has no WGSL. */
  compile(program: Program): Executable | undefined {
    try {
      return compileProgram(program, this.#platform);
    } catch (error) {
      if (error instanceof UnsupportedError) return undefined;
      throw error;
    }
  }

  upload(data: TypedArray, dtype: DType): Buffer {
    elementOf("tensor", dtype);
    this.#refuseIfLost("tensor");
    const memory = this.#allocate("tensor", data.length);
    if (data.length > 0) this.#commands.write("tensor", memory, wordsOf(data, dtype));
    return this.#own(memory, dtype);
  }

  /** @throws BackendError by the promise: the first failure among all that the contents come from. */
  async read(buffer: Buffer): Promise<TypedArray> {
    const { memory, dtype } = ours(buffer);
    const words = await this.#words(memory);
    const { array, kind } = dtypeTable[dtype];
    return kind === "bool" ? Uint8Array.from(new Uint32Array(words)) : new array(words);
  }

  async #words(memory: Memory): Promise<ArrayBuffer> {
    // The memory may belong to another tensor by the time that this is known.
    const { outcomes } = memory;
    const known = knownFailure(outcomes);
    if (known !== undefined) throw known;
    this.#refuseIfLost("data");
    if (memory.bytes === 0) {
      this.#commands.flush();
      const failure = await failureOf(outcomes);
      if (failure !== undefined) throw failure;
      return new ArrayBuffer(0);
    }
    try {
      const words = await this.#commands.read(memory);
      const failure = await failureOf(outcomes);
      if (failure !== undefined) throw failure;
      return words;
    } catch (refusal) {
      await this.#noticeLoss(8);
      throw (await failureOf(outcomes)) ?? this.#loss ?? refusal;
    }
  }

  release(buffer: Buffer): void {
    const released = ours(buffer);
    this.#collected.unregister(released);
    this.#letGo(released.memory);
  }

  async synchronize(): Promise<void> {
    this.#commands.flush();
    const issued = [...this.#pending];
    await this.#turn();
    await Promise.all(issued.map(({ settled }) => settled));
    await this.#noticeLoss(1);
    const failure = this.#failure?.error ?? this.#loss;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  memory(origin?: () => string): MemoryReport {
    this.#origin ??= origin;
    const report = { backend: this.name, bytes: this.#liveBytes, buffers: this.#live.size };
    return this.#origin ? { ...report, allocations: this.#allocations() } : report;
  }

  #allocations(): { origin: string; bytes: number }[] {
    const groups = Map.groupBy(this.#live, ([, origin]) => origin ?? "made before debug mode");
    return Array.from(groups, ([origin, entries]) => ({
      origin,
      bytes: entries.reduce((total, [memory]) => total + memory.bytes, 0),
    })).sort((a, b) => b.bytes - a.bytes);
  }

  #wrap(name: string, kernel: DeviceKernel): Kernel {
    const run = name === "full" ? this.#constant(kernel) : kernel;
    const runtime = this.#runtime(name);
    return (inputs, attributes, output) => {
      elementOf(name, output.dtype);
      this.#refuseIfLost(name);
      const operands = inputs.map(({ shape, dtype, buffer }) => ({ shape, dtype, memory: ours(buffer).memory }));
      this.#made.length = 0;
      try {
        const memory = run(runtime, operands, attributes, output);
        if (operands.some((operand) => operand.memory === memory)) memory.holders++;
        return this.#own(memory, output.dtype);
      } catch (error) {
        for (const memory of this.#made) if (memory.holders > 0) this.#letGo(memory);
        throw error;
      }
    };
  }

  /** Kept scalars have one holder more than tensors. */
  #constant(kernel: DeviceKernel): DeviceKernel {
    return (runtime, inputs, attributes, output) => {
      if (output.shape.length > 0 || !("value" in attributes)) return kernel(runtime, inputs, attributes, output);
      const key = `${output.dtype} ${wordOf(Number(attributes.value), output.dtype)}`;
      const kept = this.#scalars.get(key);
      if (kept !== undefined) {
        if (knownFailure(kept.outcomes) === undefined) {
          kept.holders++;
          return kept;
        }
        this.#scalars.delete(key);
        this.#letGo(kept);
      }
      const memory = kernel(runtime, inputs, attributes, output);
      if (this.#scalars.size < keptScalars) {
        memory.holders++;
        this.#scalars.set(key, memory);
      }
      return memory;
    };
  }

  get #isSoftware(): boolean {
    return this.#device.adapterInfo?.isFallbackAdapter === true;
  }

  #division(): { loop: number; join: number; tileSide: number } {
    const { limits } = this.#device;
    const most = Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX);
    const powerOfTwo = (wanted: number) => 2 ** Math.floor(Math.log2(Math.min(wanted, most)));
    // Two tiles of side² vectors of four floats are shared.
    const fits = (side: number) => side ** 2 <= most && 2 * side ** 2 * 16 <= limits.maxComputeWorkgroupStorageSize;
    return { loop: powerOfTwo(64), join: powerOfTwo(128), tileSide: [16, 8].find(fits) ?? 4 };
  }

  #programPlatform(): Platform {
    const { limits } = this.#device;
    return {
      commands: this.#commands,
      pipelines: this.#pipelines,
      arena: new Arena(this.#pool),
      halves: new Arena(this.#pool),
      division: {
        ...this.#division(),
        isSoftware: this.#isSoftware,
        hasSubgroups: this.#device.features.has("subgroups"),
        products: this.#float16 ? "f16" : "f32",
        isAlone: false,
        sizes: literals,
      },
      limits: {
        halves: this.#float16,
        buffers: limits.maxStorageBuffersPerShaderStage,
        bytes: Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize),
        sharedBytes: limits.maxComputeWorkgroupStorageSize,
        groups: limits.maxComputeWorkgroupsPerDimension,
        uniformAlignment: limits.minUniformBufferOffsetAlignment,
      },
      memoryOf: (tensor) => ours(bufferOf(tensor)).memory,
      make: (types, fill) => this.#make(types, fill),
    };
  }

  #make(types: readonly TensorType[], fill: (memories: readonly Memory[]) => void): readonly Tensor[] {
    this.#refuseIfLost("compile");
    this.#made.length = 0;
    try {
      const memories = types.map(({ shape }) => this.#allocate("compile", sizeOf(shape)));
      fill(memories);
      return memories.map((memory, i) => {
        const type = defined(types[i], "result");
        return fromBuffer(type, this.#own(memory, type.dtype));
      });
    } catch (error) {
      for (const memory of this.#made) this.#letGo(memory);
      throw error;
    }
  }

  #runtime(op: string): Runtime {
    const { limits } = this.#device;
    const { loop, join, tileSide } = this.#division();
    return {
      op,
      loopInvocations: loop,
      joinInvocations: join,
      tileSide,
      isSoftware: this.#isSoftware,
      maxBuffers: limits.maxStorageBuffersPerShaderStage,
      allocate: ({ shape }: TensorType) => this.#allocate(op, sizeOf(shape)),
      pagesOf: (elements) => Math.ceil((elements * bytesPerElement) / pageBytesOf(limits)),
      free: (memory) => this.#letGo(memory),
      run: (call) => this.#dispatcher.run({ op, ...call }),
    };
  }

  #allocate(op: string, elements: number): Memory {
    if (elements > mostElements) {
      throw new UnsupportedError(
        op,
        `a tensor of ${elements} elements is more than kernels can count (${elements} > ${mostElements})`,
        "split it, or use a smaller batch",
      );
    }
    const bytes = elements * bytesPerElement;
    const memory = new Memory(this.#pool.takePages(op, bytes), bytes);
    this.#made.push(memory);
    this.#live.set(memory, this.#origin?.());
    this.#liveBytes += bytes;
    return memory;
  }

  #own(memory: Memory, dtype: DType): DeviceBuffer {
    const buffer = new DeviceBuffer(this, memory, dtype);
    this.#collected.register(buffer, memory, buffer);
    return buffer;
  }

  #letGo(memory: Memory): void {
    memory.holders--;
    if (memory.holders > 0) return;
    this.#live.delete(memory);
    this.#liveBytes -= memory.bytes;
    for (const block of memory.blocks) this.#pool.give(block);
  }

  #track(outcome: Outcome): void {
    this.#pending.add(outcome);
    void outcome.settled.then(() => {
      this.#pending.delete(outcome);
      const { order, failure } = outcome;
      if (failure !== undefined && (this.#failure === undefined || order < this.#failure.order))
        this.#failure = { order, error: failure };
    });
  }

  #refuseIfLost(op: string): void {
    if (this.#loss === undefined) return;
    throw new BackendError(op, "the device was lost", "make another with await webgpu()", { cause: this.#loss });
  }

  /** Implementations differ in what they tell first: that a call failed, or that the device is lost. */
  async #noticeLoss(turns: number): Promise<void> {
    const soon = async () => {
      for (let turn = 0; turn < turns && this.#loss === undefined; turn++) await this.#turn();
    };
    await Promise.race([this.#device.lost, soon()]);
  }

  /** What has been submitted is done, or will never be. */
  async #turn(): Promise<void> {
    await this.#device.queue.onSubmittedWorkDone().catch(() => {}); // It says less than `lost` will.
  }
}

/** One 32-bit word per element, where they are if they are that already. */
function wordsOf(
  data: TypedArray,
  dtype: DType,
): Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer> {
  if (isPacked(dtype)) return Float32Array.from(data, (value) => nearest(value, dtype));
  const { buffer, byteOffset, length } = data;
  if (data instanceof Float32Array)
    return buffer instanceof ArrayBuffer ? new Float32Array(buffer, byteOffset, length) : Float32Array.from(data);
  if (data instanceof Int32Array)
    return buffer instanceof ArrayBuffer ? new Int32Array(buffer, byteOffset, length) : Int32Array.from(data);
  return Uint32Array.from(data);
}
