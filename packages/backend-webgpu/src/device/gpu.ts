/**
 * The part of WebGPU that this package uses, by structure: any implementation's device fits, and neither the DOM's types nor a
 * package of types is needed. Descriptors are as loose as that takes. Flags have the values of the specification.
 */

export const bufferUsage = { mapRead: 1, copySource: 4, copyDestination: 8, uniform: 64, storage: 128 } as const;
export const computeStage = 4;
export const mapForReading = 1;

/** The limits of adapter and device that matter here. */
export const limitNames = [
  "maxBufferSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "minUniformBufferOffsetAlignment",
] as const;
export type Limits = { readonly [Name in (typeof limitNames)[number]]: number };

/** Bytes of the largest buffer of which a shader can bind all, a multiple of four elements. Larger tensors take several. */
export function pageBytesOf({ maxBufferSize, maxStorageBufferBindingSize }: Limits): number {
  const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  return most - (most % 16);
}

/** What kernels use where it is there: float16, and subgroups whose invocations exchange values without memory. */
export const usedFeatures = ["shader-f16", "subgroups"] as const;

export interface Gpu {
  requestAdapter(options?: { powerPreference?: "high-performance" | "low-power" }): Promise<Adapter | null>;
}

export interface Adapter {
  readonly limits: Limits;
  readonly features: { has(name: string): boolean };
  requestDevice(descriptor?: {
    requiredFeatures?: Iterable<(typeof usedFeatures)[number]>;
    requiredLimits?: Record<string, number | undefined>;
  }): Promise<Device>;
}

export interface AdapterInfo {
  /** Whether it computes on the CPU. */
  readonly isFallbackAdapter?: boolean;
  readonly subgroupMinSize?: number;
  readonly subgroupMaxSize?: number;
}

export interface DeviceLoss {
  readonly reason: string;
  readonly message: string;
}

/** What the backend takes of a `GPUDevice`. */
export interface Device {
  /** What its owner calls it. */
  readonly label?: string;
  readonly limits: Limits;
  readonly features: { has(name: string): boolean };
  /** Older implementations do not tell. */
  readonly adapterInfo?: AdapterInfo;
  readonly queue: Queue;
  readonly lost: Promise<DeviceLoss>;
  createBuffer(descriptor: { size: number; usage: number; label?: string }): RawBuffer;
  createShaderModule(descriptor: { code: string; label?: string }): object;
  createBindGroupLayout(descriptor: { entries: Iterable<object> }): object;
  createPipelineLayout(descriptor: { bindGroupLayouts: Iterable<object | null | undefined> }): object;
  createComputePipeline(descriptor: {
    layout: object | string;
    compute: { module: object; entryPoint?: string };
    label?: string;
  }): object;
  createBindGroup(descriptor: { layout: object; entries: Iterable<object> }): object;
  createCommandEncoder(): CommandEncoder;
  pushErrorScope(filter: "validation" | "out-of-memory" | "internal"): void;
  popErrorScope(): Promise<{ readonly message: string } | null>;
  destroy(): void;
}

export interface LayoutEntry {
  binding: number;
  visibility: number;
  buffer: { type: "storage" | "read-only-storage" | "uniform"; hasDynamicOffset?: boolean };
}

export interface RawBuffer {
  mapAsync(mode: number): Promise<unknown>;
  getMappedRange(): ArrayBuffer;
  unmap(): void;
  destroy(): void;
}

export interface CommandEncoder {
  beginComputePass(): ComputePass;
  copyBufferToBuffer(
    source: RawBuffer,
    sourceOffset: number,
    destination: RawBuffer,
    destinationOffset: number,
    size: number,
  ): void;
  finish(): object;
}

export interface ComputePass {
  setPipeline(pipeline: object): void;
  setBindGroup(index: number, group: object | null | undefined, dynamicOffsets?: Iterable<number>): void;
  dispatchWorkgroups(count: number): void;
  end(): void;
}

export interface Queue {
  submit(commands: Iterable<object>): void;
  writeBuffer(buffer: RawBuffer, offset: number, data: ArrayBufferView, dataOffset?: number, size?: number): void;
  onSubmittedWorkDone(): Promise<unknown>;
}
