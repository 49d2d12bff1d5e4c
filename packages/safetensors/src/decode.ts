/**
 * Reads a .safetensors file from its bytes: header length, header, data. Whatever the bytes, the result is what a valid
 * file says or a FormatError. The format: https://huggingface.co/docs/safetensors/index#format.
 */
import { FormatError } from "@tapegrad/core";
import { type Entry, type Metadata, maxHeaderBytes, prefixBytes } from "./entry.ts";
import { parseHeader } from "./header-parser.ts";
import { checkLayout } from "./layout.ts";

export interface Decoded {
  /** By name, in the header's order. */
  readonly entries: Map<string, Entry>;
  /** Without a prototype: a key that the file does not have is undefined, whatever it is. */
  readonly metadata: Metadata;
}

/**
 * The tensors and metadata of a whole file. Data is copied out of `bytes`. F16 and BF16 become float32; U8, I8, U16, I16,
 * U32, I64 and U64 become int32 where every value fits.
 * @throws FormatError when the bytes are not a valid file, or hold a dtype or value that is not supported.
 */
export function decode(bytes: Uint8Array): Decoded {
  const headerBytes = readHeaderLength(bytes);
  const { tensors, metadata } = parseHeader(readText(bytes.subarray(prefixBytes, prefixBytes + headerBytes)));
  const data = bytes.subarray(prefixBytes + headerBytes);
  const entries = new Map<string, Entry>();
  for (const { name, stored, shape, size, begin, end } of checkLayout(tensors, data.length)) {
    entries.set(name, { dtype: stored.dtype, shape, data: stored.read(name, data.subarray(begin, end), size) });
  }
  return { entries, metadata };
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
