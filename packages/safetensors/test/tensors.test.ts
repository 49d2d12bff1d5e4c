import { cpuBackend } from "@tapegrad/backend-cpu";
import { FormatError, setBackend, tensor } from "@tapegrad/core";
import { LSTM } from "@tapegrad/nn";
import { decode, decodeTensors, encodeTensors } from "@tapegrad/safetensors";
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
  expect(entries.get("a")).toEqual({ dtype: "float32", shape: [1], data: Float32Array.of(1) });
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

test("a file that is not one is the FormatError of decode", () => {
  expect(() => decodeTensors(fileOf("[]"))).toThrow(FormatError);
});

/** As a caller without types would pass it. */
function untyped(value: unknown): never {
  return value as never; // The point of these tests.
}
