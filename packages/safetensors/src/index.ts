export { type Bytes, type Decoded, decode } from "./decode.ts";
export { encode } from "./encode.ts";
export type { Entry, Metadata, Named } from "./entry.ts";
export { fromKeras, type KerasFeedForwardLayer, type KerasLayer, type KerasRecurrentLayer, toKeras } from "./keras.ts";
export { decodeTensors, encodeTensors, toEntries, toTensors } from "./tensors.ts";
