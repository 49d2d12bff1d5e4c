/**
 * Reads a .safetensors file from its bytes: header length, header, data. Whatever the bytes, the result is what a valid
 * file says or a FormatError. The format: https://huggingface.co/docs/safetensors/index#format.
 */
import { FormatError } from "@tapegrad/core";
import { type Entry, kindOf, type Metadata, maxHeaderBytes, prefixBytes } from "./entry.ts";
import { parseHeader } from "./header-parser.ts";
import { checkLayout } from "./layout.ts";

/** A whole file: what `readFile` gives, or `await response.arrayBuffer()`. */
export type Bytes = Uint8Array | ArrayBuffer;

export interface Decoded {
  /** By name, in the header's order. */
  readonly entries: Map<string, Entry>;
  /** Without a prototype: a key that the file does not have is undefined, whatever it is. */
  readonly metadata: Metadata;
}

/**
 * The tensors and metadata of a whole file. Data is copied out of `file`. F16 and BF16 become float32; U8, I8, U16, I16,
 * U32, I64 and U64 become int32 where every value fits.
 * @throws FormatError when `file` is not the bytes of a valid file, or of one with a dtype or value that is not
 * supported.
 */
export function decode(file: Bytes): Decoded {
  const bytes = viewOf(file);
  const headerBytes = readHeaderLength(bytes);
  const { tensors, metadata } = parseHeader(readText(bytes.subarray(prefixBytes, prefixBytes + headerBytes)));
  const data = bytes.subarray(prefixBytes + headerBytes);
  const entries = new Map<string, Entry>();
  for (const { name, stored, shape, size, begin, end } of checkLayout(tensors, data.length)) {
    entries.set(name, { dtype: stored.dtype, shape, data: stored.read(name, data.subarray(begin, end), size) });
  }
  return { entries, metadata };
}

function viewOf(file: Bytes): Uint8Array {
  if (file instanceof Uint8Array) return file;
  if (file instanceof ArrayBuffer) return new Uint8Array(file);
  const isPromise: boolean = Object(file) instanceof Promise;
  throw fault(
    `not the bytes of a file: ${kindOf(file)}`,
    isPromise ? "await it first" : "pass a Uint8Array or an ArrayBuffer",
  );
}

function readHeaderLength(bytes: Uint8Array): number {
  if (bytes.length < prefixBytes) {
    throw fault(`the file ends inside the header's length (${bytes.length} < ${prefixBytes} bytes)`, truncated);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, prefixBytes).getBigUint64(0, true);
  if (length > maxHeaderBytes) {
    throw fault(`the header is too long (${length} > ${maxHeaderBytes} bytes)`, "is it a .safetensors file?");
  }
  const available = bytes.length - prefixBytes;
  if (length > available) throw fault(`the file ends inside the header (${available} < ${length} bytes)`, truncated);
  return Number(length);
}

function readText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw fault("the header is not UTF-8", "is it a .safetensors file?", { cause });
  }
}

const truncated = "the file is truncated; fetch it again";

function fault(problem: string, remedy: string, options?: ErrorOptions): FormatError {
  return new FormatError("safetensors.decode", problem, remedy, options);
}
