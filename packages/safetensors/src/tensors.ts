/** Files of tensors: `encode` and `decode` with the copies out of and into the backend. */
import { FormatError, fromHost, Tensor } from "@tapegrad/core";
import { type Bytes, decode } from "./decode.ts";
import { encode } from "./encode.ts";
import { type Entry, type Metadata, type Named, pairsOf, quote } from "./entry.ts";

/** The bytes of a file that holds `tensors`, such as a model's `stateDict()`, and `metadata`. @throws as `encode` does. */
export async function encodeTensors(tensors: Named<Tensor>, metadata: Metadata = {}): Promise<Uint8Array> {
  return encode(await toEntries(tensors), metadata);
}

/**
 * The tensors of a whole file by name, on the current backend: what `loadStateDict` takes.
 * @throws FormatError as `decode` does; UnsupportedError when the backend lacks a dtype of the file.
 */
export function decodeTensors(bytes: Bytes): Record<string, Tensor> {
  return toTensors(decode(bytes).entries);
}

/** Host arrays as tensors on the current backend, by name. @throws UnsupportedError when it lacks one of their dtypes. */
export function toTensors(entries: Named<Entry>): Record<string, Tensor> {
  // Without a prototype: a name that is not there is undefined, whatever it is.
  const tensors: Record<string, Tensor> = Object.create(null);
  for (const [name, { data, shape, dtype }] of pairsOf("safetensors.toTensors", entries)) {
    tensors[name] = fromHost(data, shape, dtype);
  }
  return tensors;
}

/** The values of `tensors` as host arrays, by name. @throws FormatError for what is no tensor. */
export async function toEntries(tensors: Named<Tensor>): Promise<Map<string, Entry>> {
  const op = "safetensors.encodeTensors";
  const named = pairsOf(op, tensors);
  for (const [name, value] of named) {
    if (!(value instanceof Tensor))
      throw new FormatError(op, `${quote(name)} is not a tensor`, "pass tensors by name, as model.stateDict() does");
  }
  return new Map(
    await Promise.all(
      named.map(
        async ([name, t]): Promise<[string, Entry]> => [name, { dtype: t.dtype, shape: t.shape, data: await t.data() }],
      ),
    ),
  );
}
