import { decode, encode } from "@tapegrad/safetensors";
import fc from "fast-check";
import { expect, test } from "vitest";
import { entries, metadatas } from "./arbitraries.ts";

const bits = (data: ArrayBufferView) => [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];

test("what is encoded decodes to the same, bit for bit", () => {
  fc.assert(
    fc.property(entries, metadatas, (written, metadata) => {
      const read = decode(encode(written, metadata));
      expect([...read.entries.keys()].sort()).toEqual(Object.keys(written).sort());
      for (const [name, entry] of Object.entries(written)) {
        const back = read.entries.get(name);
        expect(back).toEqual({ ...entry, stored: expect.any(String) });
        expect(back && bits(back.data)).toEqual(bits(entry.data));
      }
      expect(new Map(Object.entries(read.metadata))).toEqual(new Map(Object.entries(metadata)));
    }),
    { numRuns: 300 },
  );
});

test("what is decoded encodes to the same bytes", () => {
  fc.assert(
    fc.property(entries, metadatas, (written, metadata) => {
      const file = encode(written, metadata);
      const read = decode(file);
      expect(encode(read.entries, read.metadata)).toEqual(file);
    }),
  );
});

test("a signalling NaN keeps its payload", () => {
  const data = new Float32Array(Uint32Array.of(0x7f812345, 0xffc00001).buffer);
  const read = decode(encode({ a: { dtype: "float32", shape: [2], data } })).entries.get("a");
  expect(read && [...new Uint32Array(read.data.buffer)]).toEqual([0x7f812345, 0xffc00001]);
});
