import { describe, expect, test } from "vitest";
import { erf } from "../src/kernels/erf.ts";

/** From the Maclaurin series in sixty-digit arithmetic. */
const known: readonly (readonly [x: number, y: number])[] = [
  [1e-300, 1.1283791670955126e-300],
  [1e-10, 1.1283791670955126e-10],
  [0.001, 0.0011283787909692365],
  [0.1, 0.1124629160182849],
  [0.25, 0.27632639016823696],
  [0.5, 0.5204998778130465],
  [0.75, 0.7111556336535151],
  [1, 0.8427007929497149],
  [1.5, 0.9661051464753108],
  [2, 0.9953222650189527],
  [2.25, 0.9985372834133188],
  [2.4921875, 0.999575693743277],
  [2.5, 0.999593047982555],
  [2.75, 0.9998993780778803],
  [3, 0.9999779095030014],
  [3.5, 0.9999992569016276],
  [4, 0.9999999845827421],
  [5, 0.9999999999984626],
  [5.5, 0.9999999999999927],
  [5.875, 0.9999999999999999],
  [6, 1],
  [1e300, 1],
  [Infinity, 1],
];

describe("erf", () => {
  test.each(known)("of ±%d to 1e-15", (x, y) => {
    expect(Math.abs(erf(x) - y)).toBeLessThanOrEqual(1e-15 * y);
    expect(erf(-x)).toBe(-erf(x));
  });

  test("keeps zeros and NaN", () => {
    expect(erf(0)).toBe(0);
    expect(erf(-0)).toBe(-0);
    expect(erf(NaN)).toBeNaN();
  });
});
