/** Writes a .safetensors file whose tensors are float16, which packages/safetensors reads but does not write. */
import type { Tensor } from "tapegrad";

/** The bytes: the header's length, the header, the data, in the order of `tensors`. */
export function encodeHalf(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const parts: Uint8Array[] = [];
  let begin = 0;
  for (const [name, value] of Object.entries(tensors)) {
    const half = Float16Array.from(value.dataSync());
    header[name] = { dtype: "F16", shape: value.shape, data_offsets: [begin, begin + half.byteLength] };
    parts.push(new Uint8Array(half.buffer));
    begin += half.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + padded + begin).fill(0x20, 8, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(text, 8);
  let at = 8 + padded;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
