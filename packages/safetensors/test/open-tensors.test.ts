import { FormatError } from "@tapegrad/core";
import { decode, encode, openTensors } from "@tapegrad/safetensors";
import fc from "fast-check";
import { expect, test } from "vitest";
import { entries, metadatas } from "./arbitraries.ts";
import { fileOf } from "./file-of.ts";

/** A source that notes which bytes were asked for. */
function sourceOf(bytes: Uint8Array) {
  const reads: [number, number][] = [];
  const read = async (begin: number, end: number) => {
    reads.push([begin, end]);
    return bytes.slice(begin, end);
  };
  return { reads, size: bytes.length, read };
}

test("a file read in pieces is the file read whole, also as a Blob", async () => {
  await fc.assert(
    fc.asyncProperty(entries, metadatas, async (written, metadata) => {
      const bytes = encode(written, metadata);
      const whole = decode(bytes);
      for (const file of [sourceOf(bytes), new Blob([bytes.slice()])]) {
        const open = await openTensors(file);
        expect(open.metadata).toEqual(whole.metadata);
        expect([...open.entries.keys()]).toEqual([...whole.entries.keys()]);
        for (const [name, { stored, read }] of open.entries) {
          expect({ stored, ...(await read()) }).toEqual(whole.entries.get(name));
        }
      }
    }),
    { numRuns: 50 },
  );
});

test("only what is asked for is read", async () => {
  const infos = {
    a: { dtype: "U8", shape: [3], data_offsets: [0, 3] },
    b: { dtype: "F8_E5M2", shape: [5], data_offsets: [3, 8] },
  };
  const bytes = fileOf(infos, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  const source = sourceOf(bytes);
  const { entries: unread } = await openTensors(source);
  const start = bytes.length - 8;
  expect(source.reads).toEqual([
    [0, 8],
    [8, start],
  ]);
  expect((await unread.get("a")?.read())?.data).toEqual(Int32Array.of(1, 2, 3));
  await expect(unread.get("b")?.read()).rejects.toThrow(FormatError);
  expect(source.reads.slice(2)).toEqual([[start, start + 3]]);
});

test("faults of the file and of the source", async () => {
  await expect(openTensors(sourceOf(new Uint8Array(3)))).rejects.toThrow("ends inside the header's length");
  await expect(openTensors(sourceOf(fileOf("[]")))).rejects.toThrow(FormatError);
  const { size, read } = sourceOf(fileOf("{}"));
  await expect(openTensors({ size: size + 1, read })).rejects.toThrow("no tensor covers bytes 0 to 1");
  await expect(openTensors({ size, read: async () => new Uint8Array(1) })).rejects.toThrow(
    "safetensors.openTensors: the source gave 1 bytes for 0 to 8 (8); did the file change while it was read?",
  );
  const failing = { size, read: () => Promise.reject(new Error("no disk")) };
  await expect(openTensors(failing)).rejects.toThrow("no disk");
  for (const [given, kind] of [
    [undefined, "undefined"],
    ["text", "string"],
  ]) {
    const source: object = { size, read: async () => given };
    await expect(openTensors(source as Blob)).rejects.toThrow(`the source gave no bytes: ${kind}; give a Uint8Array`);
  }
  const buffers: object = { size, read: async (begin: number, end: number) => (await read(begin, end)).buffer };
  expect((await openTensors(buffers as Blob)).entries.size).toBe(0);
  for (const length of [Number.NaN, -1, 1.5])
    await expect(openTensors({ size: length, read })).rejects.toThrow("not a file: Object");
  const nothing: unknown = "model.safetensors";
  await expect(openTensors(nothing as Blob)).rejects.toThrow(/not a file: string; pass a Blob/);
});
