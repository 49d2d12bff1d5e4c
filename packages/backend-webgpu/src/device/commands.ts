/**
 * Commands for the device, recorded without waiting and submitted together: before a read, at the end of the task, or when many
 * have gathered. Each submitted batch has one outcome, on which all its results depend.
 */
import { bytesPerElement } from "../wgsl/element.ts";
import { guarded } from "./error-scope.ts";
import {
  bufferUsage,
  type CommandEncoder,
  type ComputePass,
  type Device,
  mapForReading,
  pageBytesOf,
  type RawBuffer,
} from "./gpu.ts";
import type { Block, Memory } from "./memory.ts";
import { knownFailure, Outcome } from "./outcome.ts";
import type { Pipeline } from "./pipelines.ts";

export interface Dispatch {
  readonly op: string;
  readonly pipeline: Pipeline;
  readonly inputs: readonly Memory[];
  readonly output: Memory;
  /** All device memory of the call that it is part of, and of that, what is bound, in order. */
  readonly blocks: readonly Block[];
  readonly bound: readonly Block[];
  /** Of the uniform block. */
  readonly words: readonly number[];
  readonly groups: number;
}

/** Dispatches that belong together. */
export interface Recording {
  readonly op: string;
  readonly inputs: readonly Memory[];
  readonly outputs: readonly Memory[];
  /** All device memory that is used. */
  readonly blocks: readonly Block[];
  /** What else has to succeed. */
  readonly compilations: readonly Outcome[];
  encode(pass: ComputePass): void;
}

/** Words that shaders read, written once. */
export interface Uniforms {
  readonly raw: RawBuffer;
  readonly creation: Outcome;
}

interface Batch {
  readonly encoder: CommandEncoder;
  readonly pass: ComputePass;
  readonly outcome: Outcome;
  /** Only of these. */
  readonly outcomes: ReadonlySet<Outcome>;
  readonly ops: Set<string>;
}

/** So many bytes of parameters are written by one call, before the batch that they belong to. */
const parameterBytes = 65536;

/** New blocks from this size on are the ones for which the device may well have no room. */
const riskyBytes = 2 ** 25;

export class Commands {
  readonly #device: Device;
  readonly #track: (outcome: Outcome) => void;
  readonly #parameters: RawBuffer;
  readonly #staged = new Uint32Array(parameterBytes / 4);
  readonly #alignment: number;
  readonly #pageLength: number;
  readonly #staging: Staging;
  /** Device memory weighs nothing for the collector of JavaScript's. */
  readonly #unowned = new FinalizationRegistry<RawBuffer>((raw) => raw.destroy());
  #stagedBytes = 0;
  #batch: Batch | undefined;
  #batches = 0;

  constructor(device: Device, track: (outcome: Outcome) => void) {
    this.#device = device;
    this.#track = track;
    this.#alignment = device.limits.minUniformBufferOffsetAlignment;
    this.#pageLength = pageBytesOf(device.limits) / bytesPerElement;
    this.#parameters = device.createBuffer({
      size: parameterBytes,
      usage: bufferUsage.uniform | bufferUsage.copyDestination,
      label: "parameters",
    });
    this.#staging = new Staging(device);
  }

  dispatch({ op, pipeline, inputs, output, blocks, bound, words, groups }: Dispatch): void {
    if (groups === 0) return;
    const compilations = [pipeline.compilation];
    // Where an earlier batch has to go first, it takes its parameters along.
    const encode = (pass: ComputePass) => {
      const { offset, ...own } = this.#stage(words);
      pass.setPipeline(pipeline.pipeline);
      pass.setBindGroup(0, this.bind(pipeline, bound, [{ ...own, offset: 0 }]), [offset]);
      pass.dispatchWorkgroups(groups);
    };
    if (this.#stagedBytes + 4 * words.length + this.#alignment > parameterBytes) this.flush();
    this.record({ op, inputs, outputs: [output], blocks, compilations, encode });
  }

  /**
   * Records dispatches. Where an operand is known to have failed, so have the results, and nothing is done: a buffer that the
   * device had no room for would fail the whole batch. For the same reason, what touches a large new block gets its own batch.
   */
  record({ op, inputs, outputs, blocks, compilations, encode }: Recording): void {
    for (const output of outputs) {
      for (const input of inputs) output.dependOn(input.outcomes);
      for (const compilation of compilations)
        if (compilation.failure !== undefined) output.dependOn(new Set([compilation]));
    }
    if (outputs.some(({ outcomes }) => knownFailure(outcomes) !== undefined)) return;
    const isRisky = blocks.some(({ bytes, creation }) => bytes >= riskyBytes && !creation.isDone);
    if (isRisky) this.flush();
    const { pass, outcome, outcomes, ops } = this.#open();
    for (const output of outputs) output.dependOn(outcomes);
    for (const block of blocks) {
      block.batch = this.#batches;
      if (!block.creation.isDone) outcome.require(block.creation);
    }
    for (const compilation of compilations) if (!compilation.isDone) outcome.require(compilation);
    encode(pass);
    ops.add(op);
    if (isRisky) this.flush();
  }

  /** `others` are bound after the blocks. */
  bind({ layout }: Pipeline, blocks: readonly Block[], others: readonly object[]): object {
    const resources = [...blocks.map(({ raw }) => ({ buffer: raw })), ...others];
    const entries = resources.map((resource, binding) => ({ binding, resource }));
    const bind = () => this.#device.createBindGroup({ layout: layout.raw, entries });
    if (blocks.every(({ creation }) => creation.isDone)) return bind();
    // A block without memory is an error here, too, which says less than that of its creation.
    return guarded(this.#device, "bind", bind, ["validation"]).result;
  }

  /** Words for shaders to read, there until `owner` is collected. */
  uniforms(words: Uint32Array<ArrayBuffer>, owner: object): Uniforms {
    const { result: raw, error } = guarded(this.#device, "compile", () => {
      const usage = bufferUsage.uniform | bufferUsage.copyDestination;
      const made = this.#device.createBuffer({ size: Math.max(16, words.byteLength), usage, label: "places" });
      if (words.length > 0) this.#device.queue.writeBuffer(made, 0, words);
      return made;
    });
    const creation = new Outcome();
    creation.close(error);
    this.#track(creation);
    this.#unowned.register(owner, raw);
    return { raw, creation };
  }

  /** Copies host data into memory that no unsubmitted command uses. */
  write(
    op: string,
    memory: Memory,
    data: Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
  ): void {
    const { blocks } = memory;
    if (blocks.some(({ batch }) => batch === this.#batches)) this.flush(); // Writing happens before what is not yet submitted.
    const { error } = guarded(this.#device, op, () => {
      for (const [page, { raw }] of blocks.entries()) {
        const start = page * this.#pageLength;
        const length = Math.min(this.#pageLength, data.length - start);
        this.#device.queue.writeBuffer(raw, 0, data, start, length);
      }
    });
    const outcome = new Outcome();
    for (const { creation } of blocks) outcome.require(creation);
    outcome.close(error);
    this.#track(outcome);
    memory.dependOn(new Set([outcome]));
  }

  /** The bytes, when the commands that were issued before have run. Others go on meanwhile. */
  read(memory: Memory): Promise<ArrayBuffer> {
    this.flush();
    const { blocks, bytes } = memory;
    if (blocks.length === 1) return this.#staging.read(memory.block, bytes, (mapped) => mapped.slice(0, bytes));
    return this.#readPages(memory);
  }

  async #readPages({ blocks, bytes }: Memory): Promise<ArrayBuffer> {
    const whole = new Uint8Array(bytes);
    const page = this.#pageLength * bytesPerElement;
    const copies = blocks.map((block, i) => {
      const size = Math.min(page, bytes - i * page);
      return this.#staging.read(block, size, (mapped) => whole.set(new Uint8Array(mapped, 0, size), i * page));
    });
    await Promise.all(copies);
    return whole.buffer;
  }

  /** Submits what was recorded. */
  flush(): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    this.#batch = undefined;
    this.#batches++;
    const { queue } = this.#device;
    const { error } = guarded(this.#device, [...batch.ops].join(", "), () => {
      batch.pass.end();
      if (this.#stagedBytes > 0) queue.writeBuffer(this.#parameters, 0, this.#staged, 0, this.#stagedBytes / 4);
      queue.submit([batch.encoder.finish()]);
    });
    this.#stagedBytes = 0;
    batch.outcome.close(error);
  }

  #open(): Batch {
    if (this.#batch !== undefined) return this.#batch;
    const encoder = this.#device.createCommandEncoder();
    const outcome = new Outcome();
    this.#track(outcome);
    const pass = encoder.beginComputePass();
    const batch = { encoder, pass, outcome, outcomes: new Set([outcome]), ops: new Set<string>() };
    this.#batch = batch;
    void Promise.resolve().then(() => {
      if (this.#batch === batch) this.flush();
    });
    return batch;
  }

  /** A place for the parameters of one dispatch, for which there is room. */
  #stage(words: readonly number[]): { buffer: RawBuffer; offset: number; size: number } {
    const size = Math.ceil(words.length / 4) * 16;
    const offset = this.#stagedBytes;
    this.#staged.set(words, offset / 4);
    this.#stagedBytes = Math.ceil((offset + size) / this.#alignment) * this.#alignment;
    return { buffer: this.#parameters, offset, size };
  }
}

/** Small reads come often; a buffer for a large one would only occupy memory. */
const largestKept = 2 ** 20;

/** Buffers through which data come to the host. */
class Staging {
  readonly #device: Device;
  readonly #free = new Map<number, RawBuffer[]>();

  constructor(device: Device) {
    this.#device = device;
  }

  /** `take` copies what it needs of the bytes, followed by others, before they are gone. */
  async read<T>(block: Block, bytes: number, take: (mapped: ArrayBuffer) => T): Promise<T> {
    const size = bytes <= largestKept ? 2 ** Math.ceil(Math.log2(Math.max(bytes, 256))) : bytes;
    const { result: raw, error } = guarded(this.#device, "data", () => {
      const free = this.#free.get(size)?.pop();
      const usage = bufferUsage.mapRead | bufferUsage.copyDestination;
      const target = free ?? this.#device.createBuffer({ size, usage, label: "data" });
      const encoder = this.#device.createCommandEncoder();
      encoder.copyBufferToBuffer(block.raw, 0, target, 0, bytes);
      this.#device.queue.submit([encoder.finish()]);
      return target;
    });
    try {
      await raw.mapAsync(mapForReading);
      const copy = take(raw.getMappedRange());
      raw.unmap();
      const failure = await error;
      if (failure !== undefined) throw failure;
      this.#keep(size, raw);
      return copy;
    } catch (refusal) {
      raw.destroy();
      throw (await error) ?? refusal;
    }
  }

  #keep(size: number, raw: RawBuffer): void {
    const list = this.#free.get(size) ?? [];
    if (size > largestKept || list.length >= 8) raw.destroy();
    else this.#free.set(size, [...list, raw]);
  }
}
