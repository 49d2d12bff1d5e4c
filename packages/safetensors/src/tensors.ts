/** Files of tensors: `encode` and `decode`, with copies from and to the backend. */
import { FormatError, Tensor, treeLeaves } from "@tapegrad/core";
import { checkList, fromHost, isPlainObject, leafPaths, optionsOf } from "@tapegrad/core/internal";
import { checkEntry } from "./check-entry.ts";
import { type Bytes, decode } from "./decode.ts";
import { encode } from "./encode.ts";
import { type Entry, type HeaderLimit, type Named, pairsOf, quote } from "./entry.ts";

/**
 * The bytes of a file that holds `tensors`, such as a model's `stateDict()`, and `metadata`.
 * @throws as `encode` does.
 * @pytorch safetensors.torch.save
 * @example
 * import { decodeTensors, encodeTensors, ones } from "tapegrad";
 * const file = await encodeTensors({ weight: ones([2, 2]) }, { epoch: "3" });
 * console.log(file.length, Object.keys(decodeTensors(file))); // → 120 [ 'weight' ]
 */
export async function encodeTensors(
  tensors: Named<Tensor>,
  metadata: Named<string> = {},
  options: HeaderLimit = {},
): Promise<Uint8Array> {
  return encode(await entriesOf("safetensors.encodeTensors", tensors), metadata, options);
}

/** Options of `decodeTensors`. */
export interface DecodeOptions extends HeaderLimit {
  /** The tensors that are wanted; all by default. The others are not looked at, whatever their element type. */
  readonly names?: readonly string[] | undefined;
}

/**
 * The tensors of a whole file by name, on the current backend: what `loadStateDict` takes.
 * @throws FormatError as `decode` does, for a tensor that cannot be read, and for a name that the file does not have;
 * UnsupportedError when the backend lacks a dtype of the file.
 * @pytorch safetensors.torch.load
 * @example
 * import { decodeTensors, encodeTensors, tensor } from "tapegrad";
 * const file = await encodeTensors({ weight: tensor([1, 2]) });
 * console.log(decodeTensors(file)); // → [Object: null prototype] { weight: Tensor(float32 [2]) [1, 2] }
 */
export function decodeTensors(bytes: Bytes, options: DecodeOptions = {}): Record<string, Tensor> {
  const op = "safetensors.decodeTensors";
  const { names, maxHeaderBytes } = optionsOf(op, options, { names: true, maxHeaderBytes: true });
  const { entries } = decode(bytes, maxHeaderBytes === undefined ? {} : { maxHeaderBytes });
  if (names === undefined) return toTensors(entries);
  const wanted = checkList(op, "names", names, '["encoder.weight_ih_l0"]').map((name): [string, Entry] => {
    const entry = entries.get(name);
    if (entry !== undefined) return [name, entry];
    const some = [...entries.keys()].slice(0, 5).map(quote).join(", ") || "nothing";
    throw new FormatError(
      op,
      `the file has no tensor ${quote(String(name))}`,
      `it has ${some} (${entries.size} in all)`,
    );
  });
  return toTensors(new Map(wanted));
}

/**
 * Host arrays as tensors on the current backend, by name.
 * @throws DTypeError, ShapeError for data that is not of its dtype or does not fill its shape; UnsupportedError when the
 * backend lacks one of their dtypes.
 * @example
 * import { toTensors } from "tapegrad";
 * const { weight } = toTensors({ weight: { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) } });
 * console.log(weight); // → Tensor(float32 [2]) [1, 2]
 */
export function toTensors(entries: Named<Entry>): Record<string, Tensor> {
  const op = "safetensors.toTensors";
  // Without a prototype: a name that is not there is undefined, whatever it is.
  const tensors: Record<string, Tensor> = Object.create(null);
  for (const [name, entry] of pairsOf(op, entries)) {
    checkEntry(op, name, entry);
    tensors[name] = fromHost(entry.data, entry.shape, entry.dtype);
  }
  return tensors;
}

/**
 * The values of `tensors` as host arrays, by name.
 * @throws FormatError for what is no tensor.
 * @example
 * import { tensor, toEntries } from "tapegrad";
 * const entries = await toEntries({ weight: tensor([1, 2]) });
 * console.log(entries.get("weight")?.data); // → Float32Array(2) [ 1, 2 ]
 */
export async function toEntries(tensors: Named<Tensor>): Promise<Map<string, Entry>> {
  return entriesOf("safetensors.toEntries", tensors);
}

async function entriesOf(op: string, tensors: Named<Tensor>): Promise<Map<string, Entry>> {
  const named = pairsOf(op, tensors);
  for (const [name, value] of named) {
    if (!(value instanceof Tensor)) throw new FormatError(op, `${quote(name)} is not a tensor`, remedyFor(name, value));
  }
  return new Map(
    await Promise.all(
      named.map(
        async ([name, t]): Promise<[string, Entry]> => [name, { dtype: t.dtype, shape: t.shape, data: await t.data() }],
      ),
    ),
  );
}

function remedyFor(name: string, value: unknown): string {
  if (!isPlainObject(value) || !treeLeaves(value).some((part) => part instanceof Tensor))
    return "pass tensors by name, as model.stateDict() does";
  return `join the names: ${quote(String(leafPaths(value, name)[0]))}, …`;
}
