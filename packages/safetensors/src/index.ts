export { type Bytes, type Decoded, decode, readMetadata } from "./decode.ts";
export { encode, encodeParts } from "./encode.ts";
export type { Entry, HeaderLimit, Metadata, Named, StoredEntry } from "./entry.ts";
export { fromKeras, type KerasFeedForwardLayer, type KerasLayer, type KerasRecurrentLayer, toKeras } from "./keras.ts";
export { type BlobSource, type ByteSource, type OpenFile, openTensors, type UnreadEntry } from "./open-tensors.ts";
export { type DecodeOptions, decodeTensors, encodeTensors, toEntries, toTensors } from "./tensors.ts";
