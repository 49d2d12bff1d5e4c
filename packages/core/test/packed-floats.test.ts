import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { floatFormats } from "../src/index.ts";
import { nearest, packFloat, unpackFloat } from "../src/internal.ts";

const { float16 } = floatFormats;
const every16Bits = Array.from({ length: 65536 }, (_, bits) => bits);
const isNaNPattern = (bits: number) => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;

test("every float16 is packed into the bits that it came from", () => {
  for (const bits of every16Bits)
    expect(packFloat(unpackFloat(bits, float16), float16)).toBe(isNaNPattern(bits) ? 0x7e00 : bits);
});

// Neighbours of the same sign, infinity among them as 2^16: where the definition says that rounding overflows.
const values = every16Bits.filter((bits) => bits < 0x7c00).map((bits) => unpackFloat(bits, float16));

test("what is between two float16 becomes the nearer one, half way the one with even bits", () => {
  for (const [bits, low] of values.entries()) {
    const high = values[bits + 1] ?? 2 ** 16;
    const middle = (low + high) / 2;
    const even = bits % 2 === 0 ? bits : bits + 1;
    // By less than float32 can tell.
    const [below, above] = [middle * (1 - 2 ** -50), middle * (1 + 2 ** -50)];
    expect([below, middle, above].map((x) => packFloat(x, float16))).toEqual([bits, even, bits + 1]);
    expect(packFloat(-middle, float16)).toBe(even + 0x8000);
  }
});

test("numbers of PyTorch, by their bits", () => {
  // torch.tensor([…]).half().view(torch.int16)
  const expected: [number, number][] = [
    [0, 0x0000],
    [-0, 0x8000],
    [0.1, 0x2e66],
    [-1 / 3, 0xb555],
    [65504, 0x7bff],
    [65519.996, 0x7bff],
    [65520, 0x7c00],
    [-1e30, 0xfc00],
    [6e-8, 0x0001],
    [2 ** -25, 0x0000],
    [6.1e-5, 0x03ff],
    [Number.NaN, 0x7e00],
    [-Infinity, 0xfc00],
  ];
  for (const [x, bits] of expected) expect([x, packFloat(x, float16)]).toEqual([x, bits]);
});

describe.skipIf(typeof Float16Array === "undefined")("Float16Array agrees", () => {
  test("on doubles of every size", () => {
    fc.assert(
      fc.property(fc.double(), fc.integer({ min: -30, max: 20 }), (x, n) => {
        for (const value of [x, Math.sign(x) * 2 ** n * (1 + Math.abs(x % 1))])
          expect(nearest(value, "float16")).toBe(Float16Array.of(value)[0]);
      }),
      { numRuns: 2000 },
    );
  });
});
