/** Every message that core throws, word for word. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { expect, test } from "vitest";
import {
  apply,
  type Backend,
  BackendError,
  broadcastShapes,
  currentBackend,
  DisposedError,
  DTypeError,
  memory,
  normalizeAxes,
  normalizeAxis,
  type OpDefinition,
  Parameter,
  ShapeError,
  setBackend,
  setDefaultDType,
  TapegradError,
  TraceError,
  tensor,
  trace,
  treeMap,
  UnsupportedError,
  withBackend,
  withParameters,
} from "../src/index.ts";
import { checkCount, checkShape, defined, describeValue, fromHost, internal, withFrame } from "../src/internal.ts";

test("before a backend was chosen", () => {
  expect(() => tensor(1)).toThrow(
    new BackendError("backend", "none was chosen", 'call setBackend(await cpu()), or import "tapegrad"'),
  );
  expect(() => currentBackend()).toThrow(BackendError);
});

/** Another backend by name, with neither kernels nor a way to wait, and without float64. */
const other: Backend = {
  name: "other",
  kernels: new Map(),
  supports: (dtype) => dtype !== "float64",
  upload: () => ({ backend: other }),
  read: async () => new Float32Array([1]),
  release: () => {},
  synchronize: async () => {},
};

const nothing: OpDefinition<Record<never, never>> = {
  name: "nothing",
  type: () => ({ shape: [], dtype: "float32" }),
  derivative: { kind: "none" },
  batching: { kind: "trailing" },
  tolerance: 0,
};

const disposed = () => {
  const x = tensor([1, 2]);
  x.dispose();
  return x;
};
const elsewhere = () => fromHost(Float32Array.of(1), [1], "float32", other);
const symbolic = (use: (x: ReturnType<typeof tensor>) => unknown) =>
  trace(([x]) => use(x ?? tensor(0)), [{ shape: [], dtype: "float32" }]);

type Thrown = readonly [message: string, kind: typeof TapegradError, run: () => unknown];

const thrown: readonly Thrown[] = [
  [
    "tensor: nested arrays are ragged: [2,2] (axis 1 differs); pad them to one length",
    ShapeError,
    () => tensor([[1, 2], [3]]),
  ],
  [
    "tensor: nested arrays are ragged: [2] (axis 1 differs); pad them to one length",
    ShapeError,
    () => tensor([1, [2]]),
  ],
  [
    "tensor: nested arrays are ragged: [2,1] (axis 1 differs); pad them to one length",
    ShapeError,
    () => tensor([[1], 2]),
  ],
  ["tensor: 3 values do not fill [2,2] (3 ≠ 4)", ShapeError, () => tensor([1, 2, 3], { shape: [2, 2] })],
  ["tensor: 3 values do not fill [2] (3 ≠ 2)", ShapeError, () => tensor(Float64Array.of(1, 2, 3), { shape: [2] })],
  ["tensor: not a shape: [-1]; lengths are non-negative integers", ShapeError, () => tensor([1], { shape: [-1] })],
  [
    "tensor: the options are not an object: [2,2]; name them, as in { shape: [2,2] }",
    TapegradError,
    () =>
      Reflect.apply(tensor, undefined, [
        [1, 2, 3, 4],
        [2, 2],
      ]),
  ],
  [
    "tensor: unknown option type; use shape, dtype",
    TapegradError,
    () => Reflect.apply(tensor, undefined, [1, { type: "int32" }]),
  ],
  [
    "tensor: not a shape: 4; a shape is a list of lengths, as in [2, 3]",
    ShapeError,
    () => Reflect.apply(tensor, undefined, [[1, 2, 3, 4], { shape: 4 }]),
  ],
  [
    "tensor: the options are not an object: a function; name them, as in { shape: … }",
    TapegradError,
    () => Reflect.apply(tensor, undefined, [1, () => {}]),
  ],
  ["tensor: 0.5 is not an int32; round first, or use a float dtype", DTypeError, () => tensor(0.5, { dtype: "int32" })],
  [
    "tensor: 2147483648 is not an int32; round first, or use a float dtype",
    DTypeError,
    () => tensor(Float64Array.of(2 ** 31), { dtype: "int32" }),
  ],
  [
    "tensor: NaN is not an int32; round first, or use a float dtype",
    DTypeError,
    () => tensor([NaN], { dtype: "int32" }),
  ],
  ["tensor: this float32 [2] was disposed of; dispose after the last use", DisposedError, () => disposed().dataSync()],
  [
    "tensor: used as a number; use the ops (add, mul, …), or await t.item() for its value",
    DTypeError,
    () => Number(tensor(1)),
  ],
  [
    "tensor: the other backend has no float64; cast first, or use another backend",
    UnsupportedError,
    () => fromHost(Float64Array.of(1), [1], "float64", other),
  ],
  [
    "dataSync: the other backend cannot wait for data; use await t.data()",
    UnsupportedError,
    () => elsewhere().dataSync(),
  ],
  ["item: not a single value: [2] (2 ≠ 1); use data() or toArray()", ShapeError, () => tensor([1, 2]).itemSync()],
  [
    "nothing: operands live on different backends: cpu and other; move one with await t.to(backend)",
    BackendError,
    () => apply(nothing, [tensor(1), elsewhere()], {}),
  ],
  [
    "nothing: the other backend has no kernel for it; use another backend",
    UnsupportedError,
    () => apply(nothing, [elsewhere()], {}),
  ],
  [
    "assign: weight has another shape: [1] into [2]",
    ShapeError,
    () => new Parameter([1, 2], { name: "weight" }).assign(tensor([1])),
  ],
  [
    "assign: parameter has another dtype: int32 into float32; cast the value first",
    DTypeError,
    () => new Parameter([1]).assign(tensor([1], { dtype: "int32" })),
  ],
  ["withParameters: 1 parameters but 0 values", ShapeError, () => withParameters([new Parameter(1)], [], () => 0)],
  [
    "barrier: the callback returned a promise; await before or after, not inside",
    TraceError,
    () => withFrame({ kind: "barrier" }, async () => 0),
  ],
  [
    "trace: a tensor has no data while it is being recorded, but its data was read; use where, cond or scan, or read after the call",
    TraceError,
    () => symbolic((x) => x.itemSync()),
  ],
  [
    "trace: a tensor has no data while it is being recorded, but it was used as a number; use where, cond or scan, or read after the call",
    TraceError,
    () => symbolic((x) => Number(x)),
  ],
  ["memory: the other backend keeps no account", UnsupportedError, () => withBackend(other, memory)],
  ["trace: a result is not a tensor: 1; return trees of tensors", DTypeError, () => symbolic(() => 1)],
  [
    "op: shapes do not broadcast: [2,3] and [2,4] (axis -1: 3 ≠ 4); lengths along an axis must be equal or 1",
    ShapeError,
    () =>
      broadcastShapes("op", [
        [2, 3],
        [2, 4],
      ]),
  ],
  ["op: axis 2 is out of range: [2,3]; use an integer from -2 to 1", ShapeError, () => normalizeAxis("op", 2, [2, 3])],
  [
    "op: axis 0.5 is out of range: [2,3]; use an integer from -2 to 1",
    ShapeError,
    () => normalizeAxis("op", 0.5, [2, 3]),
  ],
  ["op: axis 0 is out of range: []; a scalar has no axes", ShapeError, () => normalizeAxis("op", 0, [])],
  ["op: axes repeat: [1,1] of [2,3]; name each axis once", ShapeError, () => normalizeAxes("op", [1, -1], [2, 3])],
  ["op: not a shape: [2,1.5]; lengths are non-negative integers", ShapeError, () => checkShape("op", [2, 1.5])],
  [
    "treeMap: the trees have different structures at tree.a[1]; pass trees with the same keys and lengths",
    ShapeError,
    () => treeMap((x: number) => x, { a: [1, [2]] }, { a: [1, [2, 3]] }),
  ],
  [
    "treeMap: the trees have different structures at tree.b; pass trees with the same keys and lengths",
    ShapeError,
    () => treeMap((x: number) => x, { b: { c: 1 } }, { b: { d: 1 } }),
  ],
  [
    "treeMap: the trees have different structures at tree; pass trees with the same keys and lengths",
    ShapeError,
    () => treeMap((x: number) => x, 1, [1]),
  ],
];

test.each(thrown)("%s", (message, kind, run) => {
  setBackend(cpuBackend);
  const error = thrownBy(run);
  expect(error).toBeInstanceOf(kind);
  expect(error).toBeInstanceOf(TapegradError);
  expect(error).toMatchObject({ message, name: kind.name });
});

test("dtypes that plain JavaScript can pass", () => {
  setBackend(cpuBackend);
  const unknown: object = { dtype: "float8" };
  expect(() => tensor([1], unknown)).toThrow(
    new DTypeError("tensor", "unknown dtype float8", "use one of bool, int32, float16, float32, float64"),
  );
  const loose: (dtype: never) => void = setDefaultDType;
  expect(() => Reflect.apply(loose, undefined, ["int32"])).toThrow(
    new DTypeError("setDefaultDType", "int32 is not a float dtype", 'pass "float16", "float32" or "float64"'),
  );
});

test("to another backend: what it does not support, and what was disposed of", async () => {
  setBackend(cpuBackend);
  await expect(tensor([1], { dtype: "float64" }).to(other)).rejects.toMatchObject({
    name: "UnsupportedError",
    message: "to: the other backend has no float64; cast first, or use another backend",
  });
  await expect(disposed().data()).rejects.toThrow(DisposedError);
  await expect(tensor([1, 2]).item()).rejects.toThrow("item: not a single value: [2] (2 ≠ 1); use data() or toArray()");
});

test("faults of ours say so", () => {
  expect(internal("x").message).toBe("internal: x");
  expect(() => defined(undefined, "operand")).toThrow("internal: operand is missing");
  expect(defined(0, "operand")).toBe(0);
});

test("a cause is passed on, and a remedy is optional", () => {
  const cause = new Error("below");
  expect(new BackendError("read", "the device was lost", undefined, { cause })).toMatchObject({
    message: "read: the device was lost",
    cause,
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

test.each([1.5, -1, NaN, Infinity, 2 ** 53, "2" as unknown as number])("%s counts nothing", (value) => {
  expect(() => checkCount("scan", "length", value)).toThrow(
    new ShapeError("scan", `the length is not an integer of 0 or more: ${describeValue(value)}`, "use 0 or more"),
  );
});

test("a count within its range is given back", () => {
  expect(checkCount("wasm", "number of threads", 4, 1, 4)).toBe(4);
  expect(() => checkCount("wasm", "number of threads", 5, 1, 4)).toThrow(
    new ShapeError("wasm", "the number of threads is not an integer of 1 to 4: 5", "use 1 to 4"),
  );
});
