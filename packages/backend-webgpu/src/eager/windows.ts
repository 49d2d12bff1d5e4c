/** The pages of storages that a step reads and writes. */
import { type PlainStep, type Storage, type Value, valuesOf } from "@tapegrad/compiler";
import { sizeOf } from "@tapegrad/core";

/** Consecutive pages of a storage. */
export interface Window {
  readonly first: number;
  readonly pages: number;
}

/** What a shader can bind. */
export interface Bindable {
  readonly buffers: number;
  /** Elements of the largest buffer: a larger storage lies in pages of so many. */
  readonly pageLength: number;
}

/** From the first element to the last one. */
export function extentOf({ shape, strides, address }: Extract<Value, { kind: "memory" }>): [low: number, high: number] {
  let [low, high] = [address.offset, address.offset];
  for (const [axis, length] of shape.entries()) {
    const reach = (strides[axis] ?? 0) * (length - 1);
    if (reach < 0) low += reach;
    else high += reach;
  }
  return [low, high];
}

/** The window of one value; undefined if it is no memory. */
export function windowOf(value: Value, pageLength: number): Window | undefined {
  if (value.kind === "constant" || sizeOf(value.shape) === 0) return undefined;
  const [low, high] = extentOf(value);
  const first = Math.floor(low / pageLength);
  return { first, pages: Math.floor(high / pageLength) - first + 1 };
}

/** By storage, the window that all values of the step in it share. */
export function windowsOf(step: PlainStep, pageLength: number): Map<Storage, Window> {
  const windows = new Map<Storage, Window>();
  const { reads, writes } = valuesOf(step);
  for (const value of [...reads, ...writes]) {
    const own = windowOf(value, pageLength);
    if (own === undefined || value.kind === "constant") continue;
    const known = windows.get(value.address.storage) ?? own;
    const first = Math.min(known.first, own.first);
    const end = Math.max(known.first + known.pages, own.first + own.pages);
    windows.set(value.address.storage, { first, pages: end - first });
  }
  return windows;
}
