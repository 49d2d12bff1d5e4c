import { describe, expect, test } from "vitest";
import {
  allocate,
  bytesPerElement,
  type DType,
  defaultDType,
  dtypes,
  isFloat,
  promote,
  setDefaultDType,
} from "../src/index.ts";
import { holdsDType } from "../src/internal.ts";

describe("promote", () => {
  // The whole table, written out: row and column give the dtype in which the two compute.
  const table: Record<DType, readonly DType[]> = {
    bool: ["bool", "int32", "float16", "float32", "float64"],
    int32: ["int32", "int32", "float16", "float32", "float64"],
    float16: ["float16", "float16", "float16", "float32", "float64"],
    float32: ["float32", "float32", "float32", "float32", "float64"],
    float64: ["float64", "float64", "float64", "float64", "float64"],
  };
  test.each(dtypes)("of %s with each", (a) => {
    expect(dtypes.map((b) => promote(a, b))).toEqual(table[a]);
  });
});

test("host arrays", () => {
  expect(dtypes.map(bytesPerElement)).toEqual([1, 4, 2, 4, 8]);
  for (const dtype of dtypes) {
    const host = allocate(dtype, 3);
    expect([...host]).toEqual([0, 0, 0]);
    expect(holdsDType(host, dtype)).toBe(true);
  }
  expect(dtypes.filter(isFloat)).toEqual(["float16", "float32", "float64"]);
});

test("the default dtype is float32 until it is set", () => {
  expect(defaultDType()).toBe("float32");
  setDefaultDType("float64");
  expect(defaultDType()).toBe("float64");
  setDefaultDType("float32");
});
