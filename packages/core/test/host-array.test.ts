/** Values of the host become tensors by what they are, whichever realm made them. */
import { runInNewContext } from "node:vm";
import { cpuBackend } from "@tapegrad/backend-cpu";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  DTypeError,
  type HostArray,
  Parameter,
  setBackend,
  type Tensor,
  TraceError,
  tensor,
  treeLeaves,
  treeMap,
  withBackend,
} from "../src/index.ts";
import { bytesOf, isPlainObject, refusePromise } from "../src/internal.ts";

beforeAll(() => setBackend(cpuBackend));

const described = (x: Tensor) => ({ dtype: x.dtype, data: [...x.dataSync()] });

/** A value of another realm, from its source. */
function foreign<T>(source: string): T {
  return runInNewContext(source) as T; // As somebody's sandbox would give it.
}

const integerArrays = {
  Int8Array: [-128, 127],
  Uint8Array: [0, 255],
  Uint8ClampedArray: [0, 255],
  Int16Array: [-32768, 32767],
  Uint16Array: [0, 65535],
  Int32Array: [-(2 ** 31), 2 ** 31 - 1],
  Uint32Array: [0, 2 ** 31 - 1],
  BigInt64Array: [-(2n ** 31n), 2n ** 31n - 1n],
  BigUint64Array: [0n, 2n ** 31n - 1n],
} as const;

const floatArrays = { Float32Array: "float32", Float64Array: "float64" } as const;

/** `[from, to]`, to make an array of in any realm. */
const literal = (values: readonly (number | bigint)[]) =>
  `[${values.map((value) => (typeof value === "bigint" ? `${value}n` : value)).join(",")}]`;

describe.each([
  ["this realm", (source: string): HostArray => new Function(`return ${source}`)()],
  ["another realm", (source: string) => foreign<HostArray>(source)],
])("typed arrays of %s", (_, evaluate) => {
  test.each(Object.entries(integerArrays))("%s gives int32 with its values", (name, values) => {
    const array = evaluate(`${name}.of(${literal(values).slice(1, -1)})`);
    expect(described(tensor(array))).toEqual({ dtype: "int32", data: values.map(Number) });
    expect(described(new Parameter(array).value)).toEqual({ dtype: "int32", data: values.map(Number) });
    expect(described(tensor(array, { dtype: "bool" })).data).toEqual(
      values.map((value) => Number(Number(value) !== 0)),
    );
    expect(described(tensor(array, { dtype: "float64" })).data).toEqual(values.map(Number));
  });

  test.each(Object.entries(floatArrays))("%s keeps its dtype", (name, dtype) => {
    const array = evaluate(`${name}.of(0.5, -0, NaN, Infinity)`);
    expect(described(tensor(array))).toEqual({ dtype, data: [0.5, -0, NaN, Infinity] });
    expect(described(tensor(evaluate(`${name}.of(3, -4)`), { dtype: "int32" })).data).toEqual([3, -4]);
  });

  test("Float16Array gives float16, where there is one", () => {
    if (!("Float16Array" in globalThis)) return;
    expect(described(tensor(evaluate("Float16Array.of(0.5, -2)")))).toEqual({ dtype: "float16", data: [0.5, -2] });
  });

  test.each(["Uint32Array.of(2 ** 31)", "BigInt64Array.of(2n ** 40n)", "BigUint64Array.of(2n ** 63n)"])(
    "%s does not fit int32",
    (source) => {
      expect(() => tensor(evaluate(source))).toThrow(DTypeError);
      expect(tensor(evaluate(source), { dtype: "float64" }).itemSync()).toBeGreaterThanOrEqual(2 ** 31);
    },
  );

  test.each(["Float32Array.of(1.5)", "Float64Array.of(NaN)", "Float64Array.of(2 ** 31)"])(
    "%s is no int32",
    (source) => {
      expect(() => tensor(evaluate(source), { dtype: "int32" })).toThrow(DTypeError);
    },
  );
});

test("nested arrays, options, trees and bytes of another realm are what they are", () => {
  expect(described(tensor(foreign("[[1, 2], [3, 4]]"), foreign("({ shape: [4], dtype: 'int32' })")))).toEqual({
    dtype: "int32",
    data: [1, 2, 3, 4],
  });
  expect(described(tensor(foreign("[true, false]")))).toEqual({ dtype: "bool", data: [1, 0] });
  expect(treeLeaves(foreign("({ a: [1, { b: 2 }] })"))).toEqual([1, 2]);
  expect(treeMap((x: number) => x + 1, foreign("({ a: [1] })"), { a: [1] })).toEqual({ a: [2] });
  for (const source of ["Uint8Array.of(1, 2)", "Uint8Array.of(1, 2).buffer", "Uint8Array.of(0, 1, 2).subarray(1)"])
    expect([...(bytesOf(foreign(source)) ?? [])]).toEqual([1, 2]);
  expect(bytesOf(foreign("Int32Array.of(1)"))).toBeUndefined();
});

test("plain objects are those of any realm, and no others", () => {
  fc.assert(fc.property(fc.object(), (object) => isPlainObject(object)));
  for (const source of ["({})", "Object.create(null)", "new Object()"])
    expect(isPlainObject(foreign(source))).toBe(true);
  for (const source of [
    "new Map()",
    "new Date()",
    "new (class A {})()",
    "[]",
    "Object.create({})",
    "() => 1",
    "Math.max",
  ])
    expect(isPlainObject(foreign(source))).toBe(false);
});

test("a promise of another realm is refused", () => {
  expect(() => refusePromise("op", foreign("Promise.reject(new Error('lost'))"))).toThrow(TraceError);
  expect(() => withBackend(cpuBackend, () => foreign("(async () => 1)()"))).toThrow(/returned a promise/);
});
