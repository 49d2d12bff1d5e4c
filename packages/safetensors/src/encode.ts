/**
 * Writes a .safetensors file: tensors by descending element size, then by name, as the format's reference writer orders
 * them, so that equal content gives equal bytes and every tensor is aligned.
 */
import { arrayTypes, checkShape, DTypeError, dtypes, FormatError, formatShape, ShapeError } from "@tapegrad/core";
import { toLittleEndian } from "./byte-order.ts";
import {
  type Entry,
  elementCount,
  type Metadata,
  maxHeaderBytes,
  metadataKey,
  type Named,
  pairsOf,
  prefixBytes,
  quote,
} from "./entry.ts";
import { writtenDTypes } from "./stored-dtypes.ts";

/**
 * The bytes of a file that holds `entries` and `metadata`. float64, float32, int32 and bool are written as F64, F32, I32
 * and BOOL; the order of the keys passed in does not matter; empty metadata is left out.
 * @throws ShapeError when data does not fill its shape; DTypeError when data is not of its dtype; FormatError for what
 * the format cannot hold: a tensor named `__metadata__`, half a surrogate pair, metadata that is not a string, and more
 * than 100 MB of header.
 */
export function encode(entries: Named<Entry>, metadata: Metadata = {}): Uint8Array {
  const named = pairsOf(op, entries);
  for (const [name, entry] of named) checkEntry(name, entry);
  const sorted = named.sort(byAlignmentThenName);
  const header = new TextEncoder().encode(writeHeader(sorted, metadata));
  const dataStart = Math.ceil((prefixBytes + header.length) / 8) * 8;
  const headerBytes = dataStart - prefixBytes;
  if (headerBytes > maxHeaderBytes) {
    throw unwritable(`the header is too long (${headerBytes} > ${maxHeaderBytes} bytes)`, "shorten the metadata");
  }
  const bytes = new Uint8Array(dataStart + sorted.reduce((total, [, { data }]) => total + data.byteLength, 0));
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.set(header, prefixBytes);
  bytes.fill(0x20, prefixBytes + header.length, dataStart);
  let at = dataStart;
  for (const [, { data }] of sorted) {
    bytes.set(toLittleEndian(data), at);
    at += data.byteLength;
  }
  return bytes;
}

function writeHeader(sorted: readonly (readonly [string, Entry])[], metadata: Metadata): string {
  const fields: string[] = [];
  const pairs = Object.entries(metadata).sort(([a], [b]) => compareNames(a, b));
  if (pairs.length > 0) {
    fields.push(`"${metadataKey}":{${pairs.map(([key, value]) => writePair(key, value)).join(",")}}`);
  }
  let begin = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    const end = begin + data.byteLength;
    const info = { dtype: writtenDTypes[dtype].name, shape, data_offsets: [begin, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(info)}`);
    begin = end;
  }
  return `{${fields.join(",")}}`;
}

function writePair(key: string, value: unknown): string {
  if (typeof value !== "string") {
    throw unwritable(
      `metadata ${quote(key)} is not a string (${typeof value})`,
      "metadata holds strings; use JSON.stringify",
    );
  }
  if (!key.isWellFormed() || !value.isWellFormed()) {
    throw unwritable(`metadata ${quote(key)} has half a surrogate pair`, "use toWellFormed()");
  }
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
}

function checkEntry(name: string, { dtype, shape, data }: Entry): void {
  if (name === metadataKey)
    throw unwritable(`a tensor is named ${quote(name)}`, "the format reserves this name; rename it");
  if (!name.isWellFormed()) throw unwritable(`the name ${quote(name)} has half a surrogate pair`, "use toWellFormed()");
  if (!dtypes.includes(dtype)) {
    throw new DTypeError(op, `${quote(name)} has unknown dtype ${String(dtype)}`, `use one of ${dtypes.join(", ")}`);
  }
  if (!(data instanceof arrayTypes[dtype])) {
    throw new DTypeError(op, `${quote(name)} is not ${dtype} data`, `pass a ${arrayTypes[dtype].name}`);
  }
  const size = elementCount(checkShape(op, shape));
  if (data.length !== size) {
    throw new ShapeError(
      op,
      `the data of ${quote(name)} does not fill ${formatShape(shape)} (${data.length} ≠ ${size ?? "2^53 or more"})`,
      "pass one value per element",
    );
  }
  const bad = dtype === "bool" ? data.findIndex((value) => value > 1) : -1;
  if (bad >= 0) {
    throw new DTypeError(op, `element ${bad} of ${quote(name)} is not a bool (${data[bad]})`, "store bool as 0 or 1");
  }
}

function byAlignmentThenName([a, x]: readonly [string, Entry], [b, y]: readonly [string, Entry]): number {
  return writtenDTypes[x.dtype].rank - writtenDTypes[y.dtype].rank || compareNames(a, b);
}

/** By code points, which is the order of UTF-8 bytes; `<` compares UTF-16 and differs beyond U+FFFF. */
function compareNames(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a.codePointAt(i) ?? 0) - (b.codePointAt(i) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const op = "safetensors.encode";

function unwritable(problem: string, remedy: string): FormatError {
  return new FormatError(op, problem, remedy);
}
