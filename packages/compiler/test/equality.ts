/** That two Programs compute the same, in double precision on the reference backend. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { interpret, type Program, setBackend, setDefaultDType, type Tensor } from "@tapegrad/core";
import { afterAll, beforeAll, expect } from "vitest";

/** Runs a file's tests in double precision on the reference backend. */
export function inDoublePrecision(): void {
  beforeAll(() => {
    setBackend(cpuBackend);
    setDefaultDType("float64");
  });
  afterAll(() => setDefaultDType("float32"));
}

/** Results apart by at most 1e-12 of the largest of all of them, NaN and infinities in the same places. */
export function expectSameResults(actual: Program, expected: Program, inputs: readonly Tensor[]): void {
  expectClose(interpret(actual, inputs), interpret(expected, inputs), 1e-12);
}

export function expectClose(actual: readonly Tensor[], expected: readonly Tensor[], tolerance: number): void {
  const typeOf = ({ shape, dtype }: Tensor) => `${dtype} [${shape}]`;
  expect(actual.map(typeOf)).toEqual(expected.map(typeOf));
  const wanted = expected.map((tensor) => Array.from(tensor.dataSync()));
  const scale = wanted.flat().reduce((a, b) => (Number.isFinite(b) ? Math.max(a, Math.abs(b)) : a), 1);
  for (const [i, tensor] of actual.entries()) {
    const got = Array.from(tensor.dataSync());
    const off = got.findIndex((value, k) => {
      const other = wanted[i]?.[k] ?? Number.NaN;
      return !Object.is(value, other) && value !== other && !(Math.abs(value - other) <= tolerance * scale);
    });
    expect(off, `result ${i}: [${got.slice(0, 40)}] against [${wanted[i]?.slice(0, 40)}] at ${off}`).toBe(-1);
  }
}
