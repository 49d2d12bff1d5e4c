/** Tensors in the memory of a WebGPU device, and the kernels that work on them. */
import {
  applyStored,
  type Backend,
  type BackendError,
  type Buffer,
  bufferOf,
  type DType,
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
import { defined, OfThisCopy } from "@tapegrad/core/internal";
import { Allocations } from "./device/allocations.ts";
import { Commands } from "./device/commands.ts";
import { type Device, pageBytesOf } from "./device/gpu.ts";
import { Health } from "./device/health.ts";
import type { Memory } from "./device/memory.ts";
import { failureOf, knownFailure, type Outcome } from "./device/outcome.ts";
import { Pipelines } from "./device/pipelines.ts";
import { Pool } from "./device/pool.ts";
import { arrayOf, wordsOf } from "./device/words.ts";
import { EagerCalls } from "./eager/call.ts";
import { divisionOf } from "./kernels/division.ts";
import { Arena } from "./program/arena.ts";
import { compileProgram, type Platform } from "./program/executable.ts";
import { bytesPerElement, elementOf, hasElement, wordOf } from "./wgsl/element.ts";
import { kernelNames } from "./wgsl/elementwise.ts";

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

/** More would be no faster. */
const mostGroups = 65535;

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
  readonly applyStored = applyStored;
  readonly #health: Health;
  readonly #commands: Commands;
  readonly #allocations: Allocations;
  readonly #platform: Platform;
  readonly #calls: EagerCalls;
  readonly #collected = new FinalizationRegistry<Memory>((memory) => this.#allocations.letGo(memory));
  readonly #scalars = new Map<string, Memory>();

  constructor(device: Device, { budget, float16, label }: WebGPUBackendOptions) {
    super();
    this.label = label;
    this.#health = new Health(device);
    const track = (outcome: Outcome) => this.#health.track(outcome);
    const commands = new Commands(device, track);
    const pipelines = new Pipelines(device, track);
    const pool = new Pool({ device, budget, flush: () => commands.flush(), track });
    this.#commands = commands;
    this.#allocations = new Allocations(pool);
    this.kernels = new Map(kernelNames.map((name) => [name, this.#kernel(name)]));
    const { limits } = device;
    this.#platform = {
      commands,
      pipelines,
      arena: new Arena(pool),
      halves: new Arena(pool),
      division: divisionOf(device, float16 ? "f16" : "f32"),
      limits: {
        halves: float16,
        buffers: limits.maxStorageBuffersPerShaderStage,
        bytes: Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize),
        sharedBytes: limits.maxComputeWorkgroupStorageSize,
        groups: limits.maxComputeWorkgroupsPerDimension,
        uniformAlignment: limits.minUniformBufferOffsetAlignment,
      },
      memoryOf: (tensor) => ours(bufferOf(tensor)).memory,
      make: (types, fill) => this.#make(types, fill),
    };
    this.#calls = new EagerCalls({
      commands,
      pipelines,
      division: divisionOf(device, "f32"),
      bindable: {
        buffers: limits.maxStorageBuffersPerShaderStage,
        pageLength: pageBytesOf(limits) / bytesPerElement,
      },
      groups: Math.min(mostGroups, limits.maxComputeWorkgroupsPerDimension),
      allocate: (op, elements) => this.#allocations.allocate(op, elements),
      free: (memory) => this.#allocations.letGo(memory),
    });
  }

  /** Why the device can no longer be used. */
  get loss(): BackendError | undefined {
    return this.#health.loss;
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
    this.#health.refuseIfLost("tensor");
    const memory = this.#allocations.allocate("tensor", data.length);
    if (data.length > 0) this.#commands.write("tensor", memory, wordsOf(data, dtype));
    return this.#own(memory, dtype);
  }

  /** @throws BackendError by the promise: the first failure among all that the contents come from. */
  async read(buffer: Buffer): Promise<TypedArray> {
    const { memory, dtype } = ours(buffer);
    return arrayOf(await this.#words(memory), dtype);
  }

  async #words(memory: Memory): Promise<ArrayBuffer> {
    // The memory may belong to another tensor by the time that this is known.
    const { outcomes } = memory;
    const known = knownFailure(outcomes);
    if (known !== undefined) throw known;
    this.#health.refuseIfLost("data");
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
      throw await this.#health.causeOf(outcomes, refusal);
    }
  }

  release(buffer: Buffer): void {
    const released = ours(buffer);
    this.#collected.unregister(released);
    this.#allocations.letGo(released.memory);
  }

  async synchronize(): Promise<void> {
    this.#commands.flush();
    await this.#health.settle();
  }

  memory(origin?: () => string): MemoryReport {
    return this.#allocations.report(this.name, origin);
  }

  #kernel(name: string): Kernel {
    return (inputs, attributes, output, op) => {
      elementOf(name, output.dtype);
      this.#health.refuseIfLost(name);
      const operands = inputs.map(({ shape, dtype, buffer }) => ({ shape, dtype, memory: ours(buffer).memory }));
      return this.#allocations.during(() => {
        const memory = this.#run(op, operands, attributes, output);
        if (operands.some((operand) => operand.memory === memory)) memory.holders++;
        return this.#own(memory, output.dtype);
      });
    };
  }

  /** A call, or for a constant scalar, what was kept of one before: it has one holder more than tensors. */
  readonly #run: EagerCalls["run"] = (op, inputs, attributes, output) => {
    const isScalar = op.name === "full" && output.shape.length === 0 && "value" in attributes;
    if (!isScalar) return this.#calls.run(op, inputs, attributes, output);
    const key = `${output.dtype} ${wordOf(Number(attributes.value), output.dtype)}`;
    const kept = this.#scalars.get(key);
    if (kept !== undefined) {
      if (knownFailure(kept.outcomes) === undefined) {
        kept.holders++;
        return kept;
      }
      this.#scalars.delete(key);
      this.#allocations.letGo(kept);
    }
    const memory = this.#calls.run(op, inputs, attributes, output);
    if (this.#scalars.size < keptScalars) {
      memory.holders++;
      this.#scalars.set(key, memory);
    }
    return memory;
  };

  #make(types: readonly TensorType[], fill: (memories: readonly Memory[]) => void): readonly Tensor[] {
    this.#health.refuseIfLost("compile");
    return this.#allocations.during(() => {
      const memories = types.map(({ shape }) => this.#allocations.allocate("compile", sizeOf(shape)));
      fill(memories);
      return memories.map((memory, i) => {
        const type = defined(types[i], "result");
        return fromBuffer(type, this.#own(memory, type.dtype));
      });
    });
  }

  #own(memory: Memory, dtype: DType): DeviceBuffer {
    const buffer = new DeviceBuffer(this, memory, dtype);
    this.#collected.register(buffer, memory, buffer);
    return buffer;
  }
}
