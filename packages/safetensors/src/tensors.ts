/** Files of tensors: `encode` and `decode` with the copies out of and into the backend. */
import { fromHost, type Tensor } from "@tapegrad/core";
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
import type { Entry, Metadata, Named } from "./entry.ts";

export interface DecodedTensors {
  /** By name, in the header's order. */
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Metadata;
}

/** The bytes of a file that holds `tensors` and `metadata`. @throws as `encode` does. */
export async function encodeTensors(tensors: Named<Tensor>, metadata: Metadata = {}): Promise<Uint8Array> {
  const named = [...(tensors instanceof Map ? tensors : Object.entries(tensors))];
  const entries = await Promise.all(
    named.map(
      async ([name, t]): Promise<[string, Entry]> => [name, { dtype: t.dtype, shape: t.shape, data: await t.data() }],
    ),
  );
  return encode(new Map(entries), metadata);
}

/**
 * The tensors of a whole file, on the current backend.
 * @throws FormatError as `decode` does; UnsupportedError when the backend lacks a dtype of the file.
 */
export function decodeTensors(bytes: Uint8Array): DecodedTensors {
  const { entries, metadata } = decode(bytes);
  const tensors = new Map<string, Tensor>();
  for (const [name, { data, shape, dtype }] of entries) tensors.set(name, fromHost(data, shape, dtype));
  return { tensors, metadata };
}
