import { cpuBackend } from "@tapegrad/backend-cpu";
import { FormatError, setBackend, tensor } from "@tapegrad/core";
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
  const { tensors, metadata } = decodeTensors(await encodeTensors(written, { step: "7" }));
  expect([...tensors.keys()]).toEqual(["exact", "none", "weight", "steps", "mask"]);
  for (const [name, t] of Object.entries(written)) {
    const back = tensors.get(name);
    expect([back?.dtype, back?.shape]).toEqual([t.dtype, t.shape]);
    expect(await back?.data()).toEqual(await t.data());
  }
  expect({ ...metadata }).toEqual({ step: "7" });
});

test("a Map of tensors is written as well, metadata or not", async () => {
  const { entries, metadata } = decode(await encodeTensors(new Map([["a", tensor([1])]])));
  expect(entries.get("a")).toEqual({ dtype: "float32", shape: [1], data: Float32Array.of(1) });
  expect(Object.keys(metadata)).toEqual([]);
});

test("a file that is not one is the FormatError of decode", () => {
  expect(() => decodeTensors(fileOf("[]"))).toThrow(FormatError);
});
