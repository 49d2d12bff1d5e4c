import { cpuBackend } from "@tapegrad/backend-cpu";
import { setBackend, setDefaultDType, type Tensor, tensor } from "@tapegrad/core";
import { afterEach, beforeAll, expect, test } from "vitest";
import * as ops from "../src/index.ts";

beforeAll(() => setBackend(cpuBackend));
afterEach(() => setDefaultDType("float32"));

const described = (x: Tensor) => ({ shape: x.shape, dtype: x.dtype, data: [...x.dataSync()] });
const vector = (dtype: string, ...data: number[]) => ({ shape: [data.length], dtype, data });

test("zeros, ones, full, and their likes", () => {
  expect(described(ops.zeros([2, 1]))).toEqual({ shape: [2, 1], dtype: "float32", data: [0, 0] });
  expect(described(ops.ones([]))).toEqual({ shape: [], dtype: "float32", data: [1] });
  expect(described(ops.full([2], -3, { dtype: "int32" }))).toEqual(vector("int32", -3, -3));
  expect(described(ops.full([1], 7, { dtype: "bool" }))).toEqual(vector("bool", 1));
  const x = tensor([5, 6], { dtype: "int32" });
  expect(described(ops.zerosLike(x))).toEqual(vector("int32", 0, 0));
  expect(described(ops.onesLike(x))).toEqual(vector("int32", 1, 1));
  setDefaultDType("float64");
  expect(described(ops.full([1], 0.1))).toEqual(vector("float64", 0.1));
});

test("arange counts from start to before stop", () => {
  expect(described(ops.arange(3))).toEqual(vector("int32", 0, 1, 2));
  expect(described(ops.arange(2, 8, 3))).toEqual(vector("int32", 2, 5));
  expect(described(ops.arange(3, 0, -2))).toEqual(vector("int32", 3, 1));
  expect(described(ops.arange(3, 0))).toEqual(vector("int32"));
  expect(described(ops.arange(0, 1, 0.5))).toEqual(vector("float32", 0, 0.5));
  expect(described(ops.arange(0.5, 3))).toEqual(vector("float32", 0.5, 1.5, 2.5));
  expect(described(ops.arange(2, undefined, 1, { dtype: "float64" }))).toEqual(vector("float64", 0, 1));
});

test("linspace ends where it is told to", () => {
  expect(described(ops.linspace(0, 1, 5))).toEqual(vector("float32", 0, 0.25, 0.5, 0.75, 1));
  expect(described(ops.linspace(2, -2, 3))).toEqual(vector("float32", 2, 0, -2));
  expect(described(ops.linspace(3, 9, 1))).toEqual(vector("float32", 3));
  expect(described(ops.linspace(3, 9, 0))).toEqual(vector("float32"));
  for (const count of [7, 50, 99]) {
    const values = ops.linspace(0.1, 0.7, count, { dtype: "float64" }).dataSync();
    expect([values[0], values.at(-1)]).toEqual([0.1, 0.7]);
  }
});

test("eye has ones where row and column agree", () => {
  expect(described(ops.eye(2))).toEqual({ shape: [2, 2], dtype: "float32", data: [1, 0, 0, 1] });
  expect(described(ops.eye(2, 3, { dtype: "int32" })).data).toEqual([1, 0, 0, 0, 1, 0]);
  expect(described(ops.eye(0)).shape).toEqual([0, 0]);
});

test("oneHot is of the default dtype, or as asked", () => {
  const at = tensor([2, 0], { dtype: "int32" });
  expect(described(ops.oneHot(at, 3))).toEqual({ shape: [2, 3], dtype: "float32", data: [0, 0, 1, 1, 0, 0] });
  expect(ops.oneHot(at, 3, { dtype: "bool" }).dtype).toBe("bool");
});
