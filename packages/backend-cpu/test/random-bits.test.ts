import { apply } from "@tapegrad/core";
import { primitives } from "@tapegrad/ops";
import { expect, test } from "vitest";
import { threefry2x32 } from "../src/kernels/random-bits.ts";
import { cpuTensor } from "./naive.ts";

// The known-answer vectors that the authors publish with Random123 (kat_vectors, threefry2x32 with 20 rounds).
test.each([
  ["zeros", [0, 0], [0, 0], [0x6b200159, 0x99ba4efe]],
  ["ones", [0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], [0x1cb996fc, 0xbb002be7]],
  ["digits of π", [0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3], [0xc4923a9c, 0x483df7a0]],
])("threefry2x32 of %s", (_, [k0 = 0, k1 = 0], [x0 = 0, x1 = 0], expected) => {
  expect(threefry2x32(k0, k1, x0, x1).map((word) => word >>> 0)).toEqual(expected);
});

function bits(state: readonly number[], size: number, count: number): number[] {
  const key = cpuTensor(Int32Array.from(state), [3], "int32");
  return [...apply(primitives.randomBits, [key], { shape: [size], bits: count }).dataSync()];
}

test("element i is word i mod 2 of block ⌊i / 2⌋, its top bits", () => {
  const state = [123, -456, 7] as const;
  const words = [0, 1, 2].flatMap((block) => threefry2x32(state[0], state[1], block, state[2]));
  for (const count of [1, 24, 31])
    expect(bits(state, 5, count)).toEqual(words.slice(0, 5).map((word) => word >>> (32 - count)));
});

test("shorter draws are prefixes of longer ones; key and draw both matter", () => {
  const long = bits([1, 2, 3], 9, 31);
  expect(bits([1, 2, 3], 4, 31)).toEqual(long.slice(0, 4));
  for (const other of [
    [0, 2, 3],
    [1, 0, 3],
    [1, 2, 4],
  ])
    expect(bits(other, 9, 31)).not.toEqual(long);
});
