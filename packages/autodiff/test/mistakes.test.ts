/** What JavaScript lets through and TypeScript would not: clear errors instead of NaN or a TypeError. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { AnomalyError, setBackend, type Tensor, tensor } from "@tapegrad/core";
import { add, log, mul, sum } from "@tapegrad/ops";
import { expect, it } from "vitest";
import { compile, detectAnomaly, scan } from "../src/index.ts";

setBackend(cpuBackend);

/** As a caller without types would pass it. */
function untyped(value: unknown): never {
  return value as never; // The point of these tests.
}

it("a step that does not return a pair", () => {
  const message = "scan: the step did not return a carry and an output; return [carry, output]";
  expect(() => scan((h: Tensor, x: Tensor) => untyped(add(h, x)), tensor(0), tensor([1, 2]))).toThrow(message);
  expect(() => scan((h: Tensor, x: Tensor) => untyped([add(h, x)]), tensor(0), tensor([1, 2]))).toThrow(message);
});

it("operands that are no numbers", () => {
  expect(() => mul(tensor([1, 2]), untyped([1, 2]))).toThrow(
    "mul: an array is neither a tensor nor a number; make it a tensor with tensor(…)",
  );
  expect(() => add(tensor([1, 2]), untyped(undefined))).toThrow("add: undefined is neither a tensor nor a number");
  expect(() => tensor(untyped([1, undefined]))).toThrow(
    "tensor: undefined is neither a number nor a boolean; convert the data first",
  );
});

it("anomaly detection looks inside compiled functions", () => {
  const f = compile((x: Tensor) => sum(log(x)));
  expect(() => detectAnomaly(() => f(tensor([0, 1])))).toThrow(AnomalyError);
  expect(() => detectAnomaly(() => f(tensor([0, 1])))).toThrow(
    /^log: made -Infinity: from \[2\]; called at .*mistakes\.test\.ts:/,
  );
});
