/** A tensor of a file at a known position. Its data are read once, at the first request. */
import { FormatError, sizeOf, type TypedArray } from "@tapegrad/core";
import { quote, type StoredEntry } from "./entry.ts";
import type { Placed } from "./layout.ts";
import { type StoredDType, storedDTypes } from "./stored-dtypes.ts";

/** `bytesOf` gives the tensor's bytes in the file. The properties are the object's own, so that a copy has them. */
export function storedEntry(place: Placed, bytesOf: () => Uint8Array): StoredEntry {
  const { name, stored, shape } = place;
  let data: TypedArray | undefined;
  return {
    stored,
    shape,
    get dtype() {
      return readerOf(place).dtype;
    },
    get data() {
      data ??= readerOf(place).read(name, bytesOf(), sizeOf(shape));
      return data;
    },
  };
}

/** @throws FormatError for an element type that nothing here can read. */
export function readerOf({ name, stored, reader }: Placed): StoredDType {
  if (reader !== undefined) return reader;
  throw new FormatError(
    "safetensors.decode",
    `${quote(name)} has an element type that is not read: ${quote(stored)}`,
    `leave this tensor out (decodeTensors has { names }), or save it as one of ${[...storedDTypes.keys()].join(", ")}`,
  );
}
