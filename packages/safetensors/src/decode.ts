/**
 * Reads a .safetensors file from its bytes: header length, header, data. For any bytes, the result is the content of a valid
 * file or a FormatError. The format: https://huggingface.co/docs/safetensors/index#format.
 */
import { FormatError } from "@tapegrad/core";
import { bytesOf, isPromise, optionsOf } from "@tapegrad/core/internal";
import { type HeaderLimit, headerLimit, kindOf, type Metadata, prefixBytes, type StoredEntry } from "./entry.ts";
import { parseHeader } from "./header-parser.ts";
import { checkLayout, type Placed } from "./layout.ts";
import { storedEntry } from "./stored-entry.ts";

/** A whole file: what `readFile` gives, or `await response.arrayBuffer()`. */
export type Bytes = Uint8Array | ArrayBuffer;

/** What `decode` read: tensors as host arrays, and the file's metadata. */
export interface Decoded {
  /** By name, in the header's order. */
  readonly entries: Map<string, StoredEntry>;
  /** Without a prototype: a key that the file does not have is undefined, whatever it is. */
  readonly metadata: Metadata;
}

/**
 * The tensors and metadata of a whole file. The header is checked at once; a tensor's data is copied out of `file` when it is
 * first asked for, and `file` must not change before. F16 and BF16 become float32; U8, I8, U16, I16, U32, I64 and U64 become
 * int32 where every value fits. A tensor of another element type, or with a value that does not fit, is a FormatError when its
 * `dtype` or `data` is asked for, so that the others can be read.
 * @throws FormatError when `file` is not the bytes of a valid file.
 * @example
 * import { decode, encode } from "@tapegrad/safetensors";
 *
 * const file = encode({ x: { dtype: "int32", shape: [2], data: Int32Array.of(1, 2) } }, { epoch: "3" });
 * const { entries, metadata } = decode(file);
 * console.log(entries.get("x")?.data, metadata.epoch); // → Int32Array(2) [ 1, 2 ] 3
 */
export function decode(file: Bytes, options: HeaderLimit = {}): Decoded {
  const bytes = viewOf(file);
  const limit = headerLimit(op, optionsOf(op, options, { maxHeaderBytes: true }));
  const start = prefixBytes + headerLength(bytes, bytes.length, limit);
  const { placed, metadata } = readHeader(bytes.subarray(prefixBytes, start), bytes.length - start);
  const entries = placed.map((place): [string, StoredEntry] => [
    place.name,
    storedEntry(place, () => bytes.subarray(start + place.begin, start + place.end)),
  ]);
  return { entries: new Map(entries), metadata };
}

/**
 * What a whole file says beside its tensors: the strings that `encodeTensors` was given.
 * @throws FormatError when `file` is not the bytes of a valid file.
 * @example
 * import { encodeTensors, readMetadata, tensor } from "tapegrad";
 * const file = await encodeTensors({ weight: tensor([1, 2]) }, { step: "7" });
 * console.log(Number(readMetadata(file).step)); // → 7
 */
export function readMetadata(file: Bytes, options: HeaderLimit = {}): Metadata {
  return decode(file, options).metadata;
}

/** How long the header is, as the file's first bytes say. @throws FormatError for more than `limit`, or than the file has. */
export function headerLength(prefix: Uint8Array, fileBytes: number, limit: number): number {
  if (fileBytes < prefixBytes) {
    throw fault(`the file ends inside the header's length (${fileBytes} < ${prefixBytes} bytes)`, truncated);
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset, prefixBytes).getBigUint64(0, true);
  const available = fileBytes - prefixBytes;
  const other = otherFormats.find(({ magic }) => magic.every((byte, i) => prefix[i] === byte));
  if (other !== undefined && (length > limit || available < length)) throw fault(other.problem, other.remedy);
  if (length > limit) {
    throw fault(
      `the header is too long (${length} > ${limit} bytes)`,
      "is it a .safetensors file? If so, raise maxHeaderBytes",
    );
  }
  if (available < length) throw fault(`the file ends inside the header (${available} < ${length} bytes)`, truncated);
  return Number(length);
}

/** What the header says of `dataBytes` of data. @throws FormatError unless that is true. */
export function readHeader(bytes: Uint8Array, dataBytes: number): { placed: Placed[]; metadata: Metadata } {
  const { tensors, metadata } = parseHeader(readText(bytes));
  return { placed: checkLayout(tensors, dataBytes), metadata };
}

function viewOf(file: Bytes): Uint8Array {
  const bytes = bytesOf(file);
  if (bytes !== undefined) return bytes;
  const remedy = isPromise(file) ? "await it first" : "pass a Uint8Array or an ArrayBuffer";
  throw fault(`not the bytes of a file: ${kindOf(file)}`, remedy);
}

function readText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw fault("the header is not UTF-8", "is it a .safetensors file?", { cause });
  }
}

/** Files that are taken for this format, by their first bytes, which are no length that a header has. */
const otherFormats = [
  {
    magic: [0x50, 0x4b, 0x03, 0x04],
    problem: "a zip archive, probably PyTorch's .pt",
    remedy: "save with safetensors.torch.save_file",
  },
  {
    magic: [0x80, 0x02, 0x8a, 0x0a],
    problem: "a pickle, probably an old .pt of PyTorch's",
    remedy: "save with safetensors.torch.save_file",
  },
  {
    magic: [0x89, 0x48, 0x44, 0x46],
    problem: "an HDF5 file, probably Keras's .h5",
    remedy: "save with safetensors.numpy.save_file",
  },
] as const;

const truncated = "the file is truncated; fetch it again";
const op = "safetensors.decode";

function fault(problem: string, remedy: string, options?: ErrorOptions): FormatError {
  return new FormatError(op, problem, remedy, options);
}
