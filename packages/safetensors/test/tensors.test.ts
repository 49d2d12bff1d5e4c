import { cpuBackend } from "@tapegrad/backend-cpu";
import { DTypeError, FormatError, ShapeError, setBackend, tensor } from "@tapegrad/core";
import { LSTM } from "@tapegrad/nn";
import { decode, decodeTensors, encodeTensors, readMetadata, toTensors } from "@tapegrad/safetensors";
import { beforeAll, expect, test } from "vitest";
import { fileOf } from "./file-of.ts";

beforeAll(() => setBackend(cpuBackend));

test("tensors of every dtype come back as they were", async () => {
  const written = {
    weight: tensor([
      [1, 2.5],
      [-3, 0],
    ]),
    exact: tensor([0.1], { dtype: "float64" }),
    steps: tensor(7, { dtype: "int32" }),
    mask: tensor([true, false]),
    none: tensor(new Float32Array(0), { shape: [0, 3] }),
  };
  const file = await encodeTensors(written, { step: "7" });
  const tensors = decodeTensors(file);
  expect(Object.keys(tensors)).toEqual(["exact", "none", "weight", "steps", "mask"]);
  for (const [name, t] of Object.entries(written)) {
    const back = tensors[name];
    expect([back?.dtype, back?.shape]).toEqual([t.dtype, t.shape]);
    expect(await back?.data()).toEqual(await t.data());
  }
  expect({ ...decode(file).metadata }).toEqual({ step: "7" });
});

test("a model's state goes into a file and back into a model as it is", async () => {
  const written = new LSTM(2, 3, { layers: 2, bidirectional: true });
  const read = new LSTM(2, 3, { layers: 2, bidirectional: true });
  read.loadStateDict(decodeTensors(await encodeTensors(written.stateDict())));
  const [a, b] = [written, read].map((model) => Object.entries(model.stateDict()));
  expect(b?.map(([name, value]) => [name, value.dataSync()])).toEqual(a?.map(([name, t]) => [name, t.dataSync()]));
});

test("a Map of tensors is written as well, metadata or not", async () => {
  const { entries, metadata } = decode(await encodeTensors(new Map([["a", tensor([1])]])));
  expect(entries.get("a")).toEqual({ stored: "F32", dtype: "float32", shape: [1], data: Float32Array.of(1) });
  expect(Object.keys(metadata)).toEqual([]);
});

test("names that objects inherit are undefined unless the file has them", async () => {
  const tensors = decodeTensors(await encodeTensors(new Map([["__proto__", tensor([1])]])));
  expect(Object.keys(tensors)).toEqual(["__proto__"]);
  expect(tensors.constructor).toBeUndefined();
});

test("what is not tensors by name", async () => {
  const model = new LSTM(2, 3);
  await expect(encodeTensors(untyped(model))).rejects.toThrow(
    new FormatError("safetensors.encodeTensors", "not values by name: LSTM", "pass a Map or a plain object"),
  );
  await expect(encodeTensors(untyped({ weight: [1, 2] }))).rejects.toThrow(
    new FormatError(
      "safetensors.encodeTensors",
      '"weight" is not a tensor',
      "pass tensors by name, as model.stateDict() does",
    ),
  );
  await expect(encodeTensors(untyped({ weight: undefined }))).rejects.toThrow(
    new FormatError("safetensors.encodeTensors", '"weight" has no value: undefined', "leave it out"),
  );
});

test.each<[name: string, values: () => object, message: string]>([
  ["a number", () => ({ step: 3 }), '"step" is not a tensor: number; put it in the metadata: { "step": "3" }'],
  ["a string", () => ({ note: "late" }), '"note" is not a tensor: string; put it in the metadata: { "note": "late" }'],
  [
    "tensors by name",
    () => ({ model: { weight: tensor([1]) } }),
    '"model" is not a tensor; join the names: "model.weight", …',
  ],
  ["deeper ones", () => ({ a: { b: { c: tensor([1]) } } }), '"a" is not a tensor; join the names: "a.b.c", …'],
])("%s among tensors", async (_, values, message) => {
  await expect(encodeTensors(untyped(values()))).rejects.toThrow(message);
});

test("metadata is read without the tensors", async () => {
  const file = await encodeTensors({ weight: tensor([1]) }, { step: "7" });
  expect({ ...readMetadata(file) }).toEqual({ step: "7" });
  expect(() => readMetadata(new Uint8Array(8).fill(255))).toThrow(FormatError);
});

test("a file that is not one is the FormatError of decode", () => {
  expect(() => decodeTensors(fileOf("[]"))).toThrow(FormatError);
});

test("the tensors that are wanted, whatever the others are", () => {
  const infos = {
    w: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
    scale: { dtype: "F8_E4M3", shape: [2], data_offsets: [4, 6] },
    hash: { dtype: "I64", shape: [1], data_offsets: [6, 14] },
  };
  const file = fileOf(infos, new Uint8Array(14).fill(63));
  expect(Object.keys(decodeTensors(file, { names: ["w"] }))).toEqual(["w"]);
  expect(() => decodeTensors(file)).toThrow(
    /"scale" has an element type that is not read: "F8_E4M3"; leave this tensor out/,
  );
  expect(() => decodeTensors(file, { names: ["w", "hash"] })).toThrow('"hash": element 0 of I64 does not fit int32');
  expect(() => decodeTensors(file, { names: ["v"] })).toThrow(
    new FormatError(
      "safetensors.decodeTensors",
      'the file has no tensor "v"',
      'it has "w", "scale", "hash" (3 in all)',
    ),
  );
  expect(() => decodeTensors(file, { names: untyped("w") })).toThrow(ShapeError);
});

test("entries that contradict themselves become no tensor", () => {
  const op = "safetensors.toTensors";
  const data = Float32Array.of(1, 2);
  const cases: [entry: unknown, error: Error][] = [
    [
      { dtype: "float32", shape: [3], data },
      new ShapeError(op, 'the data of "a" does not fill [3] (2 ≠ 3)', "pass one value per element"),
    ],
    [
      { dtype: "float32", shape: [-1], data },
      new ShapeError(op, "not a shape: [-1]", "lengths are non-negative integers"),
    ],
    [{ dtype: "int32", shape: [2], data }, new DTypeError(op, '"a" is not int32 data', "its array type is Int32Array")],
    [
      { dtype: "int32", shape: [1], data: [1.5] },
      new DTypeError(op, '"a" is not int32 data', "its array type is Int32Array"),
    ],
    [
      { dtype: "bool", shape: [2], data: Uint8Array.of(0, 2) },
      new DTypeError(op, 'element 1 of "a" is not a bool (2)', "store bool as 0 or 1"),
    ],
  ];
  for (const [entry, error] of cases) expect(() => toTensors({ a: untyped(entry) })).toThrow(error);
});

/** As a caller without types would pass it. */
function untyped(value: unknown): never {
  return value as never; // The point of these tests.
}
