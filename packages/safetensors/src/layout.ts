/**
 * Checks the header against the data: each tensor's byte range fits its dtype and shape, and the ranges cover the data exactly
 * once. So later allocations are bounded by the file's size.
 */
import { FormatError, formatShape } from "@tapegrad/core";
import { elementCount, quote } from "./entry.ts";
import type { TensorInfo } from "./header-parser.ts";
import { type StoredDType, storedDTypes } from "./stored-dtypes.ts";

/** A tensor whose description has been checked. */
export interface Placed {
  readonly name: string;
  /** The element type as the file names it. */
  readonly stored: string;
  /** How it is read; undefined where nothing here can read it. */
  readonly reader: StoredDType | undefined;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** The tensors in the header's order. @throws FormatError naming the first tensor that does not fit. */
export function checkLayout(tensors: ReadonlyMap<string, TensorInfo>, dataBytes: number): Placed[] {
  const placed = Array.from(tensors, ([name, info]) => place(name, info, dataBytes));
  checkCoverage(placed, dataBytes);
  return placed;
}

function place(name: string, { dtype, shape, begin, end }: TensorInfo, dataBytes: number): Placed {
  if (begin > end) throw fault(`data_offsets of ${quote(name)} are reversed: [${begin},${end}]`);
  if (end > dataBytes) {
    throw fault(
      `data_offsets of ${quote(name)} leave the data: [${begin},${end}] (${end} > ${dataBytes})`,
      "the file is truncated; fetch it again",
    );
  }
  const reader = storedDTypes.get(dtype);
  const size = elementCount(shape) ?? Number.POSITIVE_INFINITY;
  // How many bytes an element of an unknown type takes cannot be checked.
  const bytes = reader === undefined && Number.isFinite(size) ? end - begin : size * (reader?.bytesPerElement ?? 1);
  if (bytes !== end - begin) {
    const takes = bytes < Number.MAX_SAFE_INTEGER ? String(bytes) : "2^53 or more";
    // A long shape would make a long message; eight axes are enough to recognise it.
    const shown = shape.length > 8 ? `[${shape.slice(0, 8).join(",")},…]` : formatShape(shape);
    throw fault(`${quote(name)}, ${dtype} ${shown}, does not fill its data_offsets (${takes} ≠ ${end - begin} bytes)`);
  }
  return { name, stored: dtype, reader, shape, begin, end };
}

/** Sorted by offset, each range starts where the one before ends; the format allows neither overlaps nor holes. */
function checkCoverage(placed: readonly Placed[], dataBytes: number): void {
  let covered = 0;
  let previous = "";
  for (const { name, begin, end } of placed.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < covered) {
      throw fault(`${quote(previous)} and ${quote(name)} overlap in the data (${begin} < ${covered})`);
    }
    if (begin > covered) throw hole(covered, begin);
    covered = end;
    previous = name;
  }
  if (covered < dataBytes) throw hole(covered, dataBytes);
}

function hole(from: number, to: number): FormatError {
  return fault(`no tensor covers bytes ${from} to ${to} of the data`);
}

function fault(problem: string, remedy = "save the file again with a conforming writer"): FormatError {
  return new FormatError("safetensors.decode", problem, remedy);
}
