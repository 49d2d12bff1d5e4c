/** Bytes, entries and metadata of another realm (a `vm` context, Jest, an iframe) are read and written as those of this one. */
import { runInNewContext } from "node:vm";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { FormatError, setBackend, type Tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { decode, decodeTensors, encode, encodeTensors, toTensors } from "../src/index.ts";

setBackend(cpuBackend);

const here = {
  a: { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) },
  b: { dtype: "int32", shape: [1], data: Int32Array.of(3) },
  c: { dtype: "bool", shape: [1, 1], data: Uint8Array.of(1) },
} as const;
const object = `({
  a: { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) },
  b: { dtype: "int32", shape: [1], data: Int32Array.of(3) },
  c: { dtype: "bool", shape: [1, 1], data: Uint8Array.of(1) },
})`;
const plain = (tensors: Record<string, Tensor>) =>
  Object.entries(tensors).map(([name, { dtype, shape }]) => [
    name,
    dtype,
    shape,
    [...(tensors[name]?.dataSync() ?? [])],
  ]);

test.each([object, `new Map(Object.entries(${object}))`])("entries are written, and made tensors: %s", (source) => {
  const there = runInNewContext(source);
  const metadata = runInNewContext("({ step: '1' })");
  expect(encode(there, metadata)).toEqual(encode(here, { step: "1" }));
  expect(plain(toTensors(there))).toEqual(plain(toTensors(here)));
  expect(toTensors(there).a?.dataSync()).toBeInstanceOf(Float32Array);
});

test("bytes are read", async () => {
  const bytes = encode(here, { step: "1" });
  const there = runInNewContext("(bytes) => Uint8Array.from(bytes)")([...bytes]);
  for (const file of [there, there.buffer]) {
    expect(decode(file)).toEqual(decode(bytes));
    expect(plain(decodeTensors(file))).toEqual(plain(decodeTensors(bytes)));
  }
  const shifted = runInNewContext("(bytes) => Uint8Array.from([0, ...bytes]).subarray(1)")([...bytes]);
  expect(decode(shifted)).toEqual(decode(bytes));
  expect(await encodeTensors(decodeTensors(there), { step: "1" })).toEqual(bytes);
});

test("what is no file stays none", () => {
  expect(() => decode(runInNewContext("Promise.resolve(Uint8Array.of(1))"))).toThrow(/await it first/);
  for (const source of ["Int32Array.of(1)", "[1]", "new DataView(new ArrayBuffer(8))", "({})", "null"])
    expect(() => decode(runInNewContext(source))).toThrow(FormatError);
});
