/** Which dtype results have, and where numbers beside tensors end up. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import {
  type Backend,
  type Buffer,
  type DType,
  dtypes,
  Parameter,
  setBackend,
  setDefaultDType,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import * as ops from "../src/index.ts";
import { alias } from "../src/internal.ts";

beforeAll(() => setBackend(cpuBackend));
afterEach(() => setDefaultDType("float32"));

const one = (dtype: DType) => ops.ones([1], { dtype });
const data = (x: Tensor) => [...x.dataSync()];
/** Rows and columns in the order of `dtypes`. */
const results = (op: (a: Tensor, b: Tensor) => Tensor) =>
  dtypes.map((a) => dtypes.map((b) => op(one(a), one(b)).dtype));

describe("two tensors", () => {
  test("arithmetic promotes, and bools count as int32", () => {
    for (const op of [ops.add, ops.sub, ops.mul, ops.maximum, ops.minimum]) {
      expect(results(op)).toEqual([
        ["int32", "int32", "float16", "float32", "float64"],
        ["int32", "int32", "float16", "float32", "float64"],
        ["float16", "float16", "float16", "float32", "float64"],
        ["float32", "float32", "float32", "float32", "float64"],
        ["float64", "float64", "float64", "float64", "float64"],
      ]);
    }
  });

  test("division, powers and products of matrices are floats: integers take the default", () => {
    const matmul = (a: Tensor, b: Tensor) => ops.matmul(ops.reshape(a, [1, 1]), ops.reshape(b, [1, 1]));
    for (const op of [ops.div, ops.pow, matmul]) {
      setDefaultDType("float32");
      expect(results(op)).toEqual([
        ["float32", "float32", "float16", "float32", "float64"],
        ["float32", "float32", "float16", "float32", "float64"],
        ["float16", "float16", "float16", "float32", "float64"],
        ["float32", "float32", "float32", "float32", "float64"],
        ["float64", "float64", "float64", "float64", "float64"],
      ]);
      setDefaultDType("float64");
      expect(op(one("int32"), one("bool")).dtype).toBe("float64");
    }
  });

  test("comparisons and logic give bool; where and concat promote as they are", () => {
    for (const op of [ops.equal, ops.less, ops.logicalAnd]) expect(results(op).flat()).toEqual(Array(25).fill("bool"));
    for (const op of [
      (a: Tensor, b: Tensor) => ops.where(tensor([true]), a, b),
      (a: Tensor, b: Tensor) => ops.concat([a, b]),
      (a: Tensor, b: Tensor) => ops.stack([a, b]),
    ]) {
      expect(results(op)).toEqual([
        ["bool", "int32", "float16", "float32", "float64"],
        ["int32", "int32", "float16", "float32", "float64"],
        ["float16", "float16", "float16", "float32", "float64"],
        ["float32", "float32", "float32", "float32", "float64"],
        ["float64", "float64", "float64", "float64", "float64"],
      ]);
    }
  });
});

test("one tensor: integers stay integers where the result is one", () => {
  const of = (op: (x: Tensor) => Tensor) => dtypes.map((dtype) => op(one(dtype)).dtype);
  for (const op of [ops.neg, ops.abs, ops.relu, ops.square, ops.sum, ops.max, ops.prod, ops.cumsum])
    expect(of(op)).toEqual(["int32", "int32", "float16", "float32", "float64"]);
  for (const op of [ops.exp, ops.tanh, ops.sqrt, ops.mean, ops.variance, ops.logSumExp, ops.softmax, ops.gelu])
    expect(of(op)).toEqual(["float32", "float32", "float16", "float32", "float64"]);
  for (const op of [ops.argmax, ops.argsort]) expect(of(op)).toEqual(dtypes.map(() => "int32"));
  for (const op of [ops.flip, ops.transpose, alias, ops.sort, ops.squeeze]) expect(of(op)).toEqual([...dtypes]);
});

describe("a number", () => {
  test("takes the tensor's dtype and never changes it by its value", () => {
    for (const dtype of ["int32", "float16", "float32", "float64"] as const) {
      for (const value of [0, 1, 3]) {
        const x = one(dtype);
        expect(ops.add(x, value).dtype).toBe(dtype);
        expect(ops.mul(value, x).dtype).toBe(dtype);
        expect(ops.where(tensor([true]), x, value).dtype).toBe(dtype);
        expect(ops.pad(x, [[1, 1]], { value }).dtype).toBe(dtype);
        expect(ops.scatterAdd(x, tensor([0], { dtype: "int32" }), value).dtype).toBe(dtype);
        expect(ops.stack([ops.sum(x), value]).dtype).toBe(dtype);
      }
    }
    for (const value of [0, 1]) expect(ops.pad(one("bool"), [[1, 1]], { value }).dtype).toBe("bool");
  });

  test("keeps its digits beside float64, though the default is float32", () => {
    const x = tensor(1, { dtype: "float64" });
    expect(data(ops.mul(x, 0.1))).toEqual([0.1]);
    expect(data(ops.stack([x, 0.1]))).toEqual([1, 0.1]);
    expect(data(ops.scatterAdd(tensor([0], { dtype: "float64" }), tensor([0], { dtype: "int32" }), 0.1))).toEqual([
      0.1,
    ]);
    expect(data(ops.pad(ops.reshape(x, [1]), [[0, 1]], { value: 0.1 }))).toEqual([1, 0.1]);
  });

  test("alone is of the default dtype", () => {
    expect(ops.add(1, 2).dtype).toBe("float32");
    setDefaultDType("float64");
    expect(ops.exp(1).itemSync()).toBe(Math.E);
  });

  test("may be NaN or infinite beside floats", () => {
    expect(data(ops.maximum(tensor([1]), NaN))).toEqual([NaN]);
    expect(data(ops.add(tensor([1]), Infinity))).toEqual([Infinity]);
  });
});

test("a Parameter stands for its value", () => {
  const p = new Parameter([1, 2]);
  expect(data(ops.add(p, 1))).toEqual([2, 3]);
  expect(data(ops.concat([p, p]))).toEqual([1, 2, 1, 2]);
  expect(data(ops.softmax(new Parameter([5])))).toEqual([1]);
  expect(data(ops.zerosLike(p))).toEqual([0, 0]);
});

test("constants go where the tensors beside them live, not to the current backend", () => {
  class Elsewhere implements Backend {
    readonly name = "elsewhere";
    readonly kernels = new Map(
      [...cpuBackend.kernels].map(([name, kernel]): [string, typeof kernel] => [
        name,
        (inputs, attributes, output, op) => {
          const own = inputs.map((input) => ({ ...input, buffer: unwrap(input.buffer) }));
          return wrap(this, kernel(own, attributes, output, op));
        },
      ]),
    );
    supports = () => true;
    upload = (values: Parameters<Backend["upload"]>[0], dtype: DType) => wrap(this, cpuBackend.upload(values, dtype));
    read = (buffer: Buffer) => cpuBackend.read(unwrap(buffer));
    release = () => {};
    synchronize = async () => {};
  }
  const inner = new WeakMap<Buffer, Buffer>();
  const wrap = (backend: Backend, buffer: Buffer): Buffer => {
    const wrapped = { backend };
    inner.set(wrapped, buffer);
    return wrapped;
  };
  const unwrap = (buffer: Buffer): Buffer => inner.get(buffer) ?? buffer;
  const backend = new Elsewhere();
  const x = fromHost(Float32Array.of(1, 2), [2], "float32", backend);
  const at = fromHost(Int32Array.of(0, 1), [2], "int32", backend);
  const everywhere: Tensor[] = [
    ops.add(x, 1),
    ops.where(ops.greater(x, 1), 1, 0),
    ops.pad(x, [[1, 1]], { value: 1 }),
    ops.zerosLike(x),
    ops.full([1], 1, { like: x }),
    ops.arange(0, 3, 1, { like: x }),
    ops.linspace(0, 1, 3, { like: x }),
    ops.eye(2, 2, { like: x }),
    ops.oneHot(at, 2),
    ops.stack([ops.sum(x), 1]),
    ops.scatterAdd(x, at, 1),
    ops.prod(fromHost(new Float32Array(0), [0], "float32", backend)),
    ops.gelu(x),
    ops.softmax(x),
    ops.variance(x),
  ];
  expect(everywhere.map((result) => result.backend.name)).toEqual(everywhere.map(() => "elsewhere"));
});
