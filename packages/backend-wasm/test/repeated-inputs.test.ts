/** Inputs that come again: kept, up to a limit, and given back. */
import { HostBackend } from "@tapegrad/backend-cpu";
import type { TensorType } from "@tapegrad/core";
import { expect, it, vi } from "vitest";
import { LinearMemory } from "../src/memory/linear-memory.ts";
import { RepeatedInputs } from "../src/memory/repeated-inputs.ts";

const type: TensorType = { shape: [2048], dtype: "float32" };
const bytes = 8192;

function setUp(capacity: number) {
  const memory = new LinearMemory(new WebAssembly.Memory({ initial: 2 }));
  const [allocate, free] = [vi.spyOn(memory, "allocate"), vi.spyOn(memory, "free")];
  const backend = new HostBackend("test");
  const make = (value: number) => backend.tensorOf(type, new Float32Array(2048).fill(value));
  const held = () => allocate.mock.calls.length - free.mock.calls.length;
  return { repeated: new RepeatedInputs(memory, capacity), backend, make, held };
}

it("the first time nothing is kept, the second time a copy, which stays the same", () => {
  const { repeated, backend, make, held } = setUp(10 * bytes);
  const buffer = backend.bufferOf(make(3));
  expect(repeated.find(buffer, type)).toBeUndefined();
  expect(held()).toBe(0);
  const resident = repeated.find(buffer, type);
  expect(resident?.read()).toEqual(new Float32Array(2048).fill(3));
  expect(repeated.find(buffer, type)).toBe(resident);
  expect(held()).toBe(1);
});

it("beyond the limit, those used last stay, and the data of the others are where they were", () => {
  const { repeated, backend, make, held } = setUp(2 * bytes);
  const tensors = [0, 1, 2, 3].map(make);
  const buffers = tensors.map((tensor) => backend.bufferOf(tensor));
  for (const buffer of [...buffers, ...buffers]) repeated.find(buffer, type);
  expect(held()).toBe(4);
  repeated.trim();
  expect(held()).toBe(2);
  expect(buffers.map(({ remote }) => remote !== undefined)).toEqual([false, false, true, true]);
  expect(buffers.map(({ data }) => data[7])).toEqual([0, 1, 2, 3]);
});

it("what is disposed of is given back at once, and what is small or too large is copied every time", () => {
  const { repeated, backend, make, held } = setUp(bytes);
  const tensor = make(1);
  const buffer = backend.bufferOf(tensor);
  for (let i = 0; i < 3; i++) repeated.find(buffer, type);
  tensor.dispose();
  expect(held()).toBe(0);
  repeated.trim();
  for (const shape of [[4], [4096]]) {
    const other = backend.bufferOf(backend.tensorOf({ shape, dtype: "float32" }, new Float32Array(shape[0] ?? 0)));
    for (let i = 0; i < 3; i++) expect(repeated.find(other, { shape, dtype: "float32" })).toBeUndefined();
  }
});
