import { type DType, promote, type Tensor } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import * as ops from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyDType, broadcasts, cpuTensor, elementAt, expectElements, filled, numeric, runs } from "./naive.ts";

const float64 = (...values: number[]) => cpuTensor(Float64Array.from(values), [values.length], "float64");
const float32 = (...values: number[]) => cpuTensor(Float32Array.from(values), [values.length], "float32");
const int32 = (...values: number[]) => cpuTensor(Int32Array.from(values), [values.length], "int32");
const bool = (...values: number[]) => cpuTensor(Uint8Array.from(values), [values.length], "bool");
const data = (x: Tensor) => [...x.dataSync()];
const [least, most] = [-(2 ** 31), 2 ** 31 - 1];

describe("two operands against a loop over coordinates", () => {
  const arithmetic: readonly (readonly [string, typeof ops.add, (a: number, b: number) => number])[] = [
    ["add", ops.add, (a, b) => a + b],
    ["sub", ops.sub, (a, b) => a - b],
    ["mul", ops.mul, (a, b) => a * b],
    ["maximum", ops.maximum, (a, b) => (a + b + Math.abs(a - b)) / 2],
    ["minimum", ops.minimum, (a, b) => (a + b - Math.abs(a - b)) / 2],
  ];
  test.each(arithmetic)("%s", (_, op, element) => {
    fc.assert(
      fc.property(broadcasts, numeric, numeric, ({ left, right }, first, second) => {
        const [a, b] = [filled(left, first, 1), filled(right, second, 2)];
        const result = op(a, b);
        expect(result.dtype).toBe(promote(first, second));
        expectElements(result, result.shape, (at) => element(elementAt(a, at), elementAt(b, at)));
      }),
      runs,
    );
  });

  const floating: typeof arithmetic = [
    ["div", ops.div, (a, b) => a / b],
    ["pow", ops.pow, (a, b) => a ** b],
  ];
  test.each(floating)("%s", (_, op, element) => {
    fc.assert(
      fc.property(broadcasts, numeric, ({ left, right }, dtype) => {
        const [a, b] = [filled(left, dtype, 1), filled(right, dtype, 2)];
        const result = op(a, b);
        expect(result.dtype).toBe(dtype === "int32" ? "float32" : dtype);
        expectElements(result, result.shape, (at) => element(elementAt(a, at), elementAt(b, at)));
      }),
      runs,
    );
  });

  const tests: readonly (readonly [string, typeof ops.equal, (a: number, b: number) => boolean])[] = [
    ["equal", ops.equal, (a, b) => a === b],
    ["notEqual", ops.notEqual, (a, b) => a !== b],
    ["less", ops.less, (a, b) => a < b],
    ["lessEqual", ops.lessEqual, (a, b) => a <= b],
    ["greater", ops.greater, (a, b) => a > b],
    ["greaterEqual", ops.greaterEqual, (a, b) => a >= b],
    ["logicalAnd", ops.logicalAnd, (a, b) => a !== 0 && b !== 0],
    ["logicalOr", ops.logicalOr, (a, b) => a !== 0 || b !== 0],
  ];
  test.each(tests)("%s", (_, op, element) => {
    fc.assert(
      fc.property(broadcasts, anyDType, ({ left, right }, dtype) => {
        const [a, b] = [filled(left, dtype, 1), filled(right, dtype, 2)];
        const result = op(a, b);
        expect(result.dtype).toBe("bool");
        expectElements(result, result.shape, (at) => Number(element(elementAt(a, at), elementAt(b, at))));
      }),
      runs,
    );
  });

  test("where", () => {
    fc.assert(
      fc.property(broadcasts, anyDType, ({ shape, left, right }, dtype) => {
        const [test, a, b] = [filled(shape, "bool", 3), filled(left, dtype, 1), filled(right, dtype, 2)];
        expectElements(ops.where(test, a, b), shape, (at) => elementAt(elementAt(test, at) === 1 ? a : b, at));
        expectElements(ops.where(filled(left, "bool", 3), filled(shape, dtype, 1), b), shape, (at) =>
          elementAt(filled(left, "bool", 3), at) === 1 ? elementAt(filled(shape, dtype, 1), at) : elementAt(b, at),
        );
      }),
      runs,
    );
  });
});

describe("one operand against Math", () => {
  const x = [-3, -1, -0.5, -1e-8, 0, 1e-8, 0.5, 1, 3, 30];
  const functions: readonly (readonly [string, (x: Tensor) => Tensor, (x: number) => number])[] = [
    ["abs", ops.abs, Math.abs],
    ["cos", ops.cos, Math.cos],
    ["exp", ops.exp, Math.exp],
    ["expm1", ops.expm1, Math.expm1],
    ["floor", ops.floor, Math.floor],
    ["log", ops.log, Math.log],
    ["log1p", ops.log1p, Math.log1p],
    ["neg", ops.neg, (value) => 0 - value],
    ["relu", ops.relu, (value) => (value + Math.abs(value)) / 2],
    ["rsqrt", ops.rsqrt, (value) => 1 / Math.sqrt(value)],
    ["sigmoid", ops.sigmoid, (value) => 1 / (1 + Math.exp(-value))],
    ["sign", ops.sign, Math.sign],
    ["sin", ops.sin, Math.sin],
    ["softplus", ops.softplus, (value) => (value < 20 ? Math.log1p(Math.exp(value)) : value + Math.exp(-value))],
    ["sqrt", ops.sqrt, Math.sqrt],
    ["square", ops.square, (value) => value ** 2],
    ["tanh", ops.tanh, Math.tanh],
  ];
  test.each(functions)("%s", (_, op, element) => {
    for (const input of [float64(...x), float32(...x)]) {
      const [result, values] = [op(input), input.dataSync()];
      expect(result.dtype).toBe(input.dtype);
      expectElements(result, [x.length], ([i = 0]) => element(values[i] ?? NaN), 1e-14);
    }
    expect(data(op(float64(NaN)))).toEqual([NaN]);
    expect(op(cpuTensor(new Float32Array(0), [0, 2], "float32")).shape).toEqual([0, 2]);
  });

  test.each([
    ["abs", ops.abs, [most, 0, most, least]],
    ["floor", ops.floor, [-most, 0, most, least]],
    ["neg", ops.neg, [most, 0, -most, least]],
    ["relu", ops.relu, [0, 0, most, 0]],
    ["sign", ops.sign, [-1, 0, 1, -1]],
    ["square", ops.square, [1, 0, 1, 0]],
  ] as const)("%s of int32 wraps", (_, op, expected) => {
    const result = op(int32(-most, 0, most, least));
    expect(result.dtype).toBe("int32");
    expect(data(result)).toEqual(expected);
  });

  test("saturation", () => {
    expect(data(ops.sigmoid(float64(-1e4, 1e4)))).toEqual([0, 1]);
    expect(data(ops.tanh(float64(-1e4, 1e4)))).toEqual([-1, 1]);
    expect(data(ops.softplus(float64(-1e4, 1e4, -Infinity, Infinity)))).toEqual([0, 1e4, 0, Infinity]);
    expect(data(ops.exp(float32(-1e4, 1e4)))).toEqual([0, Infinity]);
  });

  test("log1p and expm1 keep the digits that log and exp lose", () => {
    expect(data(ops.log1p(float64(1e-20)))).toEqual([1e-20]);
    expect(data(ops.expm1(float64(-1e-20)))).toEqual([-1e-20]);
  });
});

describe("int32 wraps", () => {
  test.each([
    ["add", ops.add, most, 1, least],
    ["sub", ops.sub, least, 1, most],
    ["mul", ops.mul, most, most, 1],
    ["mul", ops.mul, 65_537, 65_537, 131_073],
    ["mul", ops.mul, least, -1, least],
  ] as const)("%s(%s)", (_, op, a, b, expected) => {
    expect(data(op(int32(a), int32(b)))).toEqual([expected]);
  });
});

describe("NaN", () => {
  test("wins in maximum and minimum, on either side", () => {
    for (const op of [ops.maximum, ops.minimum])
      expect(data(op(float64(NaN, 1, NaN), float64(1, NaN, NaN)))).toEqual([NaN, NaN, NaN]);
  });

  test("is equal to nothing and not ordered", () => {
    const [a, b] = [float64(NaN, NaN, 1), float64(NaN, 1, NaN)];
    for (const op of [ops.equal, ops.less, ops.lessEqual, ops.greater, ops.greaterEqual])
      expect(data(op(a, b))).toEqual([0, 0, 0]);
    expect(data(ops.notEqual(a, b))).toEqual([1, 1, 1]);
  });

  test("stays in the branch of where that was not taken", () => {
    expect(data(ops.where(bool(1, 0), float64(1, NaN), float64(NaN, 2)))).toEqual([1, 2]);
  });
});

describe("cast", () => {
  const from: Record<DType, Tensor> = {
    bool: bool(0, 1),
    int32: int32(-7, 0, least, most),
    float16: cpuTensor(Float32Array.of(-1.5, 1.5, 0, -0.9, NaN, Infinity, -Infinity), [7], "float16"),
    float32: float32(-1.5, 1.5, 0, -0.9, 3e9, -3e9, NaN, Infinity, -Infinity),
    float64: float64(-1.5, 1.5, 0, -0.9, 3e9, -3e9, NaN, Infinity, -Infinity),
  };

  test("to int32 truncates and saturates, NaN to 0", () => {
    for (const dtype of ["float32", "float64"] as const)
      expect(data(ops.cast(from[dtype], "int32"))).toEqual([-1, 1, 0, 0, most, least, 0, most, least]);
    expect(data(ops.cast(from.float16, "int32"))).toEqual([-1, 1, 0, 0, 0, most, least]);
    expect(data(ops.cast(from.bool, "int32"))).toEqual([0, 1]);
  });

  test("to bool, non-zero is true", () => {
    expect(data(ops.cast(float64(0, -0, 1e-300, NaN), "bool"))).toEqual([0, 0, 1, 1]);
    expect(data(ops.cast(int32(0, 256, -1), "bool"))).toEqual([0, 1, 1]);
  });

  test("to float rounds to nearest", () => {
    expect(data(ops.cast(from.int32, "float64"))).toEqual([-7, 0, least, most]);
    expect(data(ops.cast(from.int32, "float32"))).toEqual([-7, 0, least, 2 ** 31]);
    expect(data(ops.cast(from.int32, "float16"))).toEqual([-7, 0, -Infinity, Infinity]);
    // 1 + 2⁻¹¹ is half way from 1 to the next float16; what is above it by less than float32 can tell is rounded once.
    const ties = float64(1 + 2 ** -11, 1 + 2 ** -11 + 2 ** -40, 2 ** -25, 2 ** -25 + 2 ** -60, 65519, 65520);
    expect(data(ops.cast(ties, "float16"))).toEqual([1, 1 + 2 ** -10, 0, 2 ** -24, 65504, Infinity]);
    expect(data(ops.cast(float64(0.1, 1e300, 1e-300), "float32"))).toEqual([Math.fround(0.1), Infinity, 0]);
    expect(data(ops.cast(float32(0.1), "float64"))).toEqual([Math.fround(0.1)]);
  });

  test("to its own dtype is the tensor itself", () => {
    for (const dtype of ["bool", "int32", "float32", "float64"] as const) {
      const x = defined(from[dtype], dtype);
      expect(ops.cast(x, dtype)).toBe(x);
    }
  });
});
