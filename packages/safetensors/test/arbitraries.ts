/** Random entries and metadata, their values drawn as raw bits so that every NaN occurs. */
import { allocate, bytesPerElement, dtypes, sizeOf } from "@tapegrad/core";
import type { Entry } from "@tapegrad/safetensors";
import fc from "fast-check";
import { float16ToFloat32Bits } from "../src/half.ts";

const shapes = fc.array(fc.nat({ max: 4 }), { maxLength: 4 });

const entry: fc.Arbitrary<Entry> = fc.tuple(fc.constantFrom(...dtypes), shapes).chain(([dtype, shape]) => {
  const bytes = sizeOf(shape) * bytesPerElement(dtype);
  const byte = dtype === "bool" ? fc.nat({ max: 1 }) : fc.nat({ max: 255 });
  return fc.array(byte, { minLength: bytes, maxLength: bytes }).map((bits) => {
    const data = allocate(dtype, sizeOf(shape));
    if (dtype === "float16") {
      const words = new Uint32Array(data.buffer);
      for (let i = 0; i < words.length; i++)
        words[i] = float16ToFloat32Bits((bits[2 * i] ?? 0) + 256 * (bits[2 * i + 1] ?? 0));
    } else new Uint8Array(data.buffer).set(bits);
    return { dtype, shape, data };
  });
});

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom('"', "\\", "\n", "\0", "\u2028", "é", "\u{1f600}", "u") }),
);
const key = fc.oneof(fc.constantFrom("__proto__", "constructor", "toString", "1", "", "__metadata"), anyText);

export const entries = fc.dictionary(
  key.filter((name) => name !== "__metadata__"),
  entry,
  { maxKeys: 6 },
);
export const metadatas = fc.dictionary(key, anyText, { maxKeys: 4 });
