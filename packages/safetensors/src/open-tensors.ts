/** Reads a .safetensors file in pieces: the header first, then the tensors that the caller asks for, one by one. */
import { FormatError } from "@tapegrad/core";
import { bytesOf, optionsOf } from "@tapegrad/core/internal";
import { headerLength, readHeader } from "./decode.ts";
import { type Entry, type HeaderLimit, headerLimit, kindOf, type Metadata, prefixBytes } from "./entry.ts";
import { readerOf, storedEntry } from "./stored-entry.ts";

/** Bytes that can be read in pieces: a file, an object behind HTTP ranges. */
export interface ByteSource {
  /** In bytes. */
  readonly size: number;
  /** The bytes from `begin` to `end`, which is exclusive. */
  read(begin: number, end: number): Promise<Uint8Array>;
}

/** What is used of a `Blob`, whose own type a project without the DOM and without Node's types lacks. */
export interface BlobSource {
  readonly size: number;
  slice(begin: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** A tensor that has not been read. */
export interface UnreadEntry {
  readonly shape: readonly number[];
  /** The element type as the file names it, such as `BF16`. */
  readonly stored: string;
  /** A fresh copy. @throws FormatError for an element type or a value that is not supported. */
  read(): Promise<Entry>;
}

/** What `openTensors` read: the header, with tensors that can be read one by one. */
export interface OpenFile {
  /** By name, in the header's order. */
  readonly entries: Map<string, UnreadEntry>;
  readonly metadata: Metadata;
}

/**
 * The header of a file, and its tensors to be read one by one; for files larger than one array can hold, or of which only a
 * part is wanted. A `Blob` (a `File` of a page, `await openAsBlob(path)` in Node) is such a source as it is.
 * @throws FormatError when it is not a valid file, or shorter than it says; whatever the source throws.
 * @pytorch safetensors.safe_open
 * @example
 * import { encodeTensors, ones, openTensors } from "tapegrad";
 * const file = new Blob([new Uint8Array(await encodeTensors({ weight: ones([2, 3]), bias: ones([2]) }))]);
 * const { entries } = await openTensors(file); // reads the header alone
 * console.log((await entries.get("bias")?.read())?.data); // → Float32Array(2) [ 1, 1 ]
 */
export async function openTensors(file: ByteSource | BlobSource, options: HeaderLimit = {}): Promise<OpenFile> {
  const op = "safetensors.openTensors";
  const source = sourceOf(op, file);
  const limit = headerLimit(op, optionsOf(op, options, { maxHeaderBytes: true }));
  const read = async (begin: number, end: number) => {
    const given: unknown = await source.read(begin, end);
    const bytes = bytesOf(given);
    if (bytes === undefined)
      throw new FormatError(op, `the source gave no bytes: ${kindOf(given)}`, "give a Uint8Array");
    if (bytes.length === end - begin) return bytes;
    const problem = `the source gave ${bytes.length} bytes for ${begin} to ${end} (${end - begin})`;
    throw new FormatError(op, problem, "did the file change while it was read?");
  };
  const prefix = await read(0, Math.min(prefixBytes, source.size));
  const start = prefixBytes + headerLength(prefix, source.size, limit);
  const { placed, metadata } = readHeader(await read(prefixBytes, start), source.size - start);
  const entries = placed.map((place): [string, UnreadEntry] => {
    const { name, shape, stored, begin, end } = place;
    const readEntry = async (): Promise<Entry> => {
      const { dtype } = readerOf(place);
      const bytes = await read(start + begin, start + end);
      return { dtype, shape, data: storedEntry(place, () => bytes).data };
    };
    return [name, { shape, stored, read: readEntry }];
  });
  return { entries: new Map(entries), metadata };
}

function sourceOf(op: string, file: ByteSource | BlobSource): ByteSource {
  if (typeof file === "object" && file !== null && Number.isSafeInteger(file.size) && file.size >= 0) {
    if ("read" in file && typeof file.read === "function") return file;
    if ("slice" in file && typeof file.slice === "function") {
      const read = async (begin: number, end: number) => new Uint8Array(await file.slice(begin, end).arrayBuffer());
      return { size: file.size, read };
    }
  }
  throw new FormatError(op, `not a file: ${kindOf(file)}`, "pass a Blob, or { size, read(begin, end) }");
}
