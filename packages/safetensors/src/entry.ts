/** What a file holds, as host arrays, and the facts of the format that reader and writer share. */
import { type DType, type Shape, sizeOf, type TypedArray } from "@tapegrad/core";

/** One tensor of a file. */
export interface Entry {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Row-major, of the array type of `dtype`; bool is one byte per element, 0 or 1. */
  readonly data: TypedArray;
}

export type Metadata = Readonly<Record<string, string>>;

/** Values by tensor name. */
export type Named<T> = Readonly<Record<string, T>> | Map<string, T>;

/** The key of the header that holds the metadata, so that no tensor can have this name. */
export const metadataKey = "__metadata__";

/** Bytes before the header: its length, an unsigned 64-bit little-endian integer. */
export const prefixBytes = 8;

/** The limit of the format's reference implementation, which refuses longer headers. */
export const maxHeaderBytes = 100_000_000;

/**
 * Elements of `shape`, or undefined where its lengths, zeros aside, multiply beyond 2⁵³: nothing that computes strides
 * could index such a shape, even if it is empty.
 */
export function elementCount(shape: Shape): number | undefined {
  const nonZero = sizeOf(shape.filter((length) => length !== 0));
  if (!Number.isSafeInteger(nonZero)) return undefined;
  return shape.includes(0) ? 0 : nonZero;
}

/** `name` as messages show it: quoted, and short, whatever a hostile file called its tensors. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}
