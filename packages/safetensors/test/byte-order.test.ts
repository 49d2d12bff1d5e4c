import { expect, test } from "vitest";
import { fromLittleEndian, toLittleEndian } from "../src/byte-order.ts";

test("a host of the file's order copies bytes", () => {
  const array = Float32Array.of(1, -2.5);
  expect([...toLittleEndian(array, true)]).toEqual([...new Uint8Array(array.buffer)]);
  expect(fromLittleEndian("float32", 2, toLittleEndian(array, true), true)).toEqual(array);
});

test("a host of the other order reverses each element, and leaves its argument alone", () => {
  const array = Int32Array.of(0x01020304, 0x05060708);
  const reversed = Int32Array.of(0x04030201, 0x08070605);
  const bytes = toLittleEndian(array, false);
  expect([...bytes]).toEqual([...new Uint8Array(reversed.buffer)]);
  expect(array).toEqual(Int32Array.of(0x01020304, 0x05060708));
  expect(fromLittleEndian("int32", 2, bytes, false)).toEqual(array);
  expect([...bytes]).toEqual([...new Uint8Array(reversed.buffer)]);
});

test("this host's order is found out", () => {
  expect([...toLittleEndian(Int32Array.of(1))]).toEqual([1, 0, 0, 0]);
  expect(fromLittleEndian("int32", 1, Uint8Array.of(2, 0, 0, 0))).toEqual(Int32Array.of(2));
});
