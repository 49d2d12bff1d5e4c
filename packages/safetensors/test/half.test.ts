import { expect, test } from "vitest";
import { bfloat16ToFloat32Bits, float16ToFloat32Bits, float32ToFloat16 } from "../src/half.ts";

const float32 = (bits: number) => new Float32Array(Uint32Array.of(bits).buffer)[0];
const every16Bits = Array.from({ length: 65536 }, (_, bits) => bits);

/** The definition: (−1)^sign · 2^(exponent − bias) · (1 + fraction), subnormals without the one. */
function byDefinition(bits: number, exponentBits: number): number {
  const fractionBits = 15 - exponentBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  const exponent = (bits >> fractionBits) % 2 ** exponentBits;
  const fraction = (bits % 2 ** fractionBits) / 2 ** fractionBits;
  const sign = bits >= 32768 ? -1 : 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}

test("every binary16 widens to its own value", () => {
  const widened = every16Bits.map((bits) => float32(float16ToFloat32Bits(bits)));
  expect(widened).toEqual(every16Bits.map((bits) => byDefinition(bits, 5)));
});

test("every bfloat16 widens to its own value", () => {
  const widened = every16Bits.map((bits) => float32(bfloat16ToFloat32Bits(bits)));
  expect(widened).toEqual(every16Bits.map((bits) => byDefinition(bits, 8)));
});

test("NaN keeps its sign and payload", () => {
  expect(float16ToFloat32Bits(0xfd55) >>> 0).toBe(0xffaaa000);
  expect(bfloat16ToFloat32Bits(0xffd5) >>> 0).toBe(0xffd50000);
});

test("every binary16 is written as it was read, NaN with its payload", () => {
  const read = new Float32Array(Uint32Array.from(every16Bits, float16ToFloat32Bits).buffer);
  expect(Array.from(float32ToFloat16(read))).toEqual(every16Bits);
});
