/** Operands of more pages than a shader can bind, taken apart: what an op makes of the parts is put together again. */
import { sizeOf, type TensorType } from "@tapegrad/core";
import { internal } from "@tapegrad/core/internal";
import type { Memory } from "../device/memory.ts";
import type { DeviceOperand, Runtime } from "./kernel.ts";
import { concat, slice } from "./movement.ts";

/** Whether a kernel that needs all of these operands at once, and `others` buffers more, could not bind them. */
export function isTooMuch(runtime: Runtime, operands: readonly DeviceOperand[], others = 1): boolean {
  const pages = operands.map(({ memory }) => memory.blocks.length);
  return pages.some((count) => count > 1) && pages.reduce((sum, count) => sum + count, others) > runtime.maxBuffers;
}

/** The longest of these axes, where one is longer than 1. Axes count from the end. */
export function longestAxis({ shape }: TensorType, axes: readonly number[]): number | undefined {
  const longest = axes.toSorted((a, b) => (shape.at(b) ?? 1) - (shape.at(a) ?? 1))[0];
  return longest === undefined || (shape.at(longest) ?? 1) === 1 ? undefined : longest;
}

/** All axes of a shape, from the end. */
export function axesOf({ shape }: TensorType): number[] {
  return shape.map((_, axis) => axis - shape.length);
}

export function withLength({ shape, dtype }: TensorType, axis: number, length: number): TensorType {
  return { shape: shape.with(axis, length), dtype };
}

/** From `start` until before `stop` along an axis. */
export interface Range {
  readonly axis: number;
  readonly start: number;
  readonly stop: number;
}

/** Runs `use` on these parts, one of each operand, which are freed then. */
export function onParts(
  runtime: Runtime,
  parts: readonly (readonly [DeviceOperand, Range])[],
  use: (...parts: DeviceOperand[]) => Memory,
): Memory {
  const taken = parts.map(([x, { axis, start, stop }]) => {
    const type = withLength(x, axis, stop - start);
    const starts = x.shape.map(() => 0).with(axis, start);
    const memory = slice(runtime, [x], { starts, sizes: type.shape, steps: x.shape.map(() => 1) }, type);
    return { ...type, memory };
  });
  const result = use(...taken);
  for (const { memory } of taken) runtime.free(memory);
  return result;
}

/** So many parts of an operand of which each could be bound beside one more buffer. */
export function fewestParts({ maxBuffers }: Runtime, { memory }: DeviceOperand): number {
  return Math.ceil(memory.blocks.length / Math.max(maxBuffers - 1, 1));
}

/** An axis in `count` ranges of about the same length, or as many as there are elements. */
export function partsOf({ shape }: TensorType, axis: number, count: number): Range[] {
  const length = shape.at(axis) ?? 1;
  const parts = Math.min(Math.max(count, 2), length);
  const bound = (part: number) => Math.ceil((part * length) / parts);
  return Array.from({ length: parts }, (_, part) => ({ axis, start: bound(part), stop: bound(part + 1) }));
}

/** A result whose parts along an axis are made one after the other. */
export function byParts(
  runtime: Runtime,
  output: TensorType,
  parts: readonly Range[],
  make: (part: Range, type: TensorType) => Memory,
): Memory {
  const axis = parts[0]?.axis ?? -1;
  const made = parts.map((part) => {
    const type = withLength(output, axis, part.stop - part.start);
    return { ...type, memory: make(part, type) };
  });
  return joined(runtime, made, axis, output);
}

/** The parts behind one another along an axis. They are freed. */
export function joined(runtime: Runtime, parts: readonly DeviceOperand[], axis: number, output: TensorType): Memory {
  const memory = concat(runtime, parts, { axis }, output);
  for (const part of parts) runtime.free(part.memory);
  return memory;
}

/** The same elements in another shape. */
export function viewed(x: DeviceOperand, shape: readonly number[]): DeviceOperand {
  if (sizeOf(shape) !== sizeOf(x.shape)) throw internal("a view of another size");
  return { ...x, shape };
}
