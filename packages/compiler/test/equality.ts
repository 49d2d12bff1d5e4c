/** That two Programs compute the same, in double precision on the reference backend. */

import { cpuBackend } from "@tapegrad/backend-cpu";
import { expectClose } from "@tapegrad/conformance";
import { interpret, type Program, setBackend, setDefaultDType, type Tensor } from "@tapegrad/core";
import { afterAll, beforeAll } from "vitest";

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
  expectClose(interpret(actual, inputs), interpret(expected, inputs), 1e-12, { relativeTo: "all" });
}
