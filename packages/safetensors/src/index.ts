export { type Decoded, decode } from "./decode.ts";
export { encode } from "./encode.ts";
export type { Entry, Metadata, Named } from "./entry.ts";
export { type DecodedTensors, decodeTensors, encodeTensors } from "./tensors.ts";
