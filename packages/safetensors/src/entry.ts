/** The entries of a file as host arrays, and the constants of the format that reader and writer share. */
import { type DType, FormatError, type Shape, sizeOf, type TypedArray } from "@tapegrad/core";
import { checkCount, describeValue, isMap, isPlainObject } from "@tapegrad/core/internal";

/** One tensor of a file. */
export interface Entry {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Row-major, of the array type of `dtype`; bool is one byte per element, 0 or 1. */
  readonly data: TypedArray;
}

/** One tensor of a file that is read when its data is first asked for. */
export interface StoredEntry extends Entry {
  /** The element type as the file names it, such as `BF16`; it may be one that nothing here can read. */
  readonly stored: string;
}

/** The strings by name that a file carries beside its tensors. */
export type Metadata = Readonly<Record<string, string>>;

/** How long a header may be. */
export interface HeaderLimit {
  /** Longer headers are refused before anything of them is read; by default 16 MiB, some 150,000 tensors. */
  readonly maxHeaderBytes?: number | undefined;
}

/** Values by tensor name. */
export type Named<T> = Readonly<Record<string, T>> | Map<string, T>;

/** Names and values. @throws FormatError, in the name of `op`, for anything but a Map or a plain object. */
export function namedPairs<T>(op: string, named: Named<T>): [name: string, value: T][] {
  if (!isMap(named) && !isPlainObject(named)) {
    throw new FormatError(op, `not values by name: ${kindOf(named)}`, "pass a Map or a plain object");
  }
  const pairs = isMap(named) ? [...named] : Object.entries(named);
  for (const [name] of pairs) {
    if (typeof name !== "string")
      throw new FormatError(op, `a name is not a string: ${describeValue(name)}`, "name values by strings");
  }
  return pairs;
}

/** Names and objects. @throws FormatError, in the name of `op`, for anything but a Map or a plain object of objects. */
export function pairsOf<T>(op: string, named: Named<T>): [name: string, value: T][] {
  const pairs = namedPairs(op, named);
  for (const [name, value] of pairs) {
    if (typeof value === "object" && value !== null) continue;
    if (value === undefined || value === null)
      throw new FormatError(op, `${quote(name)} has no value: ${kindOf(value)}`, "leave it out");
    const metadata = `{ ${quote(name)}: ${quote(String(value))} }`;
    throw new FormatError(
      op,
      `${quote(name)} is not a tensor: ${kindOf(value)}`,
      `put it in the metadata: ${metadata}`,
    );
  }
  return pairs;
}

/** The class or type of an argument that is not what it should be. */
export function kindOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  return String(Object.getPrototypeOf(value)?.constructor?.name ?? "object");
}

/** The key of the header that holds the metadata, so that no tensor can have this name. */
export const metadataKey = "__metadata__";

/** Bytes before the header: its length, an unsigned 64-bit little-endian integer. */
export const prefixBytes = 8;

/** The limit of the format's reference implementation, which refuses longer headers. */
const mostHeaderBytes = 100_000_000;

/**
 * How long a header may be. Parsing takes about a second and 150 MB for 16 MiB on a slow machine, several times more for what
 * the format allows, so that only callers who ask for it pay for it.
 */
export function headerLimit(op: string, { maxHeaderBytes = 16 * 2 ** 20 }: HeaderLimit): number {
  return checkCount(op, "longest header", maxHeaderBytes, 2, mostHeaderBytes);
}

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
