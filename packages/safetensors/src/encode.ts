/**
 * Writes a .safetensors file: tensors by descending element size, then by name, as the format's reference writer orders
 * them, so that equal content gives equal bytes and every tensor is aligned.
 */
import { bytesPerElement, FormatError } from "@tapegrad/core";
import { optionsOf } from "@tapegrad/core/internal";
import { toLittleEndian } from "./byte-order.ts";
import { checkEntry } from "./check-entry.ts";
import {
  type Entry,
  type HeaderLimit,
  headerLimit,
  metadataKey,
  type Named,
  namedPairs,
  pairsOf,
  prefixBytes,
  quote,
} from "./entry.ts";
import { storedArray, writtenDTypes } from "./stored-dtypes.ts";

/**
 * The bytes of a file that holds `entries` and `metadata`. float64, float32, float16, int32 and bool are written as
 * F64, F32, F16, I32 and BOOL; the order of the keys passed in does not matter; empty metadata is left out.
 * @throws ShapeError when data does not fill its shape; DTypeError when data is not of its dtype; FormatError for what the
 * format cannot hold (a tensor named `__metadata__`, half a surrogate pair, metadata that is not a string), and for a longer
 * header than `decode` reads by default.
 * @example
 * import { encode } from "@tapegrad/safetensors";
 *
 * const file = encode({ x: { dtype: "float64", shape: [], data: Float64Array.of(1) } });
 * console.log(new TextDecoder().decode(file.slice(8, 64)).trim());
 * // → {"x":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}
 */
export function encode(entries: Named<Entry>, metadata: Named<string> = {}, options: HeaderLimit = {}): Uint8Array {
  const parts = encodeParts(entries, metadata, options);
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * What `encode` gives, in pieces to be written one after the other: the header, then the data of each tensor, not copied. For
 * files that are too large for one array.
 * @throws as `encode` does.
 * @example
 * import { encodeParts } from "@tapegrad/safetensors";
 *
 * const parts = encodeParts({ x: { dtype: "float32", shape: [4], data: new Float32Array(4) } });
 * console.log(parts.map(({ byteLength }) => byteLength)); // the header, then 4 numbers of 4 bytes
 * // → [ 64, 16 ]
 */
export function encodeParts(
  entries: Named<Entry>,
  metadata: Named<string> = {},
  options: HeaderLimit = {},
): Uint8Array[] {
  const limit = headerLimit(op, optionsOf(op, options, { maxHeaderBytes: true }));
  const named = pairsOf(op, entries);
  for (const [name, entry] of named) {
    checkName(name);
    checkEntry(op, name, entry);
  }
  const sorted = named.sort(byAlignmentThenName);
  const header = new TextEncoder().encode(writeHeader(sorted, namedPairs(op, metadata)));
  const dataStart = Math.ceil((prefixBytes + header.length) / 8) * 8;
  const headerBytes = dataStart - prefixBytes;
  if (headerBytes > limit) {
    throw unwritable(
      `the header is too long (${headerBytes} > ${limit} bytes)`,
      "shorten names and metadata, or raise maxHeaderBytes here and where the file is read",
    );
  }
  const start = new Uint8Array(dataStart).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(headerBytes), true);
  start.set(header, prefixBytes);
  return [start, ...sorted.map(([, entry]) => toLittleEndian(storedArray(entry)))];
}

function writeHeader(
  sorted: readonly (readonly [string, Entry])[],
  metadata: readonly (readonly [string, string])[],
): string {
  const fields: string[] = [];
  const pairs = metadata.toSorted(([a], [b]) => compareNames(a, b));
  if (pairs.length > 0) {
    fields.push(`"${metadataKey}":{${pairs.map(([key, value]) => writePair(key, value)).join(",")}}`);
  }
  let begin = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    const end = begin + data.length * bytesPerElement(dtype);
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

function checkName(name: string): void {
  if (name === metadataKey)
    throw unwritable(`a tensor is named ${quote(name)}`, "the format reserves this name; rename it");
  if (!name.isWellFormed()) throw unwritable(`the name ${quote(name)} has half a surrogate pair`, "use toWellFormed()");
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
