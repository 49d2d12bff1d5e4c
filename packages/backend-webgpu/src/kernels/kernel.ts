/** What a kernel of this backend is: it records dispatches and returns the memory that they will fill. */
import { type Attributes, type Shape, sizeOf, type TensorType } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import type { Memory } from "../device/memory.ts";
import type { Shader } from "../wgsl/shader.ts";

export interface DeviceOperand extends TensorType {
  readonly memory: Memory;
}

/** One dispatch, or as many as it takes where operands lie in many buffers. */
export interface KernelCall {
  readonly op: string;
  /** Stands for the shader: calls with equal keys have equal shaders. */
  readonly key: string;
  readonly shader: () => Shader;
  readonly inputs: readonly Memory[];
  readonly output: Memory;
  /** u32 values of the shader's parameters; negative ones wrap. */
  readonly parameters: readonly number[];
  /** Workgroups that could be busy at once; the device may take fewer, each of which then does more. */
  readonly groups: number;
  /**
   * Whether the same pages of the inputs, or their only elements, make each page of the result, all by itself, where the first
   * parameter is the number of its elements.
   */
  readonly isByPage?: boolean;
  /**
   * Whether each iteration reads at most one element of each input, and then writes one of the result. Many passes through pages
   * of the inputs can then make the result; without it, all pages of an input have to be bound.
   */
  readonly isPointwise?: boolean;
  /** Whether the result is also read, whose pages then all have to be bound. */
  readonly isInPlace?: boolean;
  /** Inputs of which an iteration reads only the element that has the same place as the one that it then writes. */
  readonly follows?: readonly number[];
  /** Of a pointwise kernel: from where to where in an input lies what elements `begin` to `end` of the result need, or more. */
  reads?(input: number, begin: number, end: number): readonly [low: number, high: number];
}

/** What a kernel may ask of the device. */
export interface Runtime {
  readonly op: string;
  /** Invocations per workgroup of kernels without workgroup memory, and of those that join partial results. */
  readonly loopInvocations: number;
  readonly joinInvocations: number;
  /** Side of the square of invocations that share tiles of a matrix product. */
  readonly tileSide: number;
  /** Whether the device is software, where invocations that wait for others cost a hundred times what they would compute. */
  readonly isSoftware: boolean;
  /** Buffers that one shader may bind. */
  readonly maxBuffers: number;
  allocate(type: TensorType): Memory;
  /** Buffers that so many elements take. */
  pagesOf(elements: number): number;
  /** Memory that only this kernel used. */
  free(memory: Memory): void;
  run(call: Omit<KernelCall, "op">): void;
}

/** Written as a method so that a kernel for specific attributes fits the table, which erases them. */
export type DeviceKernel<A = Attributes> = {
  kernel(runtime: Runtime, inputs: readonly DeviceOperand[], attributes: A, output: TensorType): Memory;
}["kernel"];

/** An operand that the type rule has checked to be there. */
export function operandAt(inputs: readonly DeviceOperand[], index: number): DeviceOperand {
  return defined(inputs[index], `operand ${index}`);
}

/** A shape seen from one axis: `outer` blocks of `length` rows of `inner` contiguous elements. */
export interface AxisView {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** `axis` is negative, as in attributes. */
export function viewAlong(shape: Shape, axis: number): AxisView {
  const at = shape.length + axis;
  return { outer: sizeOf(shape.slice(0, at)), length: shape[at] ?? 1, inner: sizeOf(shape.slice(at + 1)) };
}

const view = new DataView(new ArrayBuffer(4));

/** The 32 bits of a float, for a parameter. */
export function floatBits(value: number): number {
  view.setFloat32(0, value);
  return view.getUint32(0);
}
