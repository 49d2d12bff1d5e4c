/** Single ops and loops without `compile`: large ones run as generated code, and agree with the reference. */
import { scan, Tape } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { fromHost, Parameter, type Tensor } from "@tapegrad/core";
import { add, argmax, argsort, concat, cumsum, exp, logSumExp, matmul, mul, sum, take, tanh } from "@tapegrad/ops";
import { afterEach, expect, it, vi } from "vitest";
import { wasmBackend } from "../src/index.ts";
import { expectClose, on, read, uniforms } from "./comparison.ts";

const instances = vi.spyOn(WebAssembly, "Module");
afterEach(() => instances.mockClear());

const wasm = wasmBackend();
/** No op makes them. */
const numbers = (...shape: number[]) => uniforms(shape, shape.length);
const positions = (length: number, below: number) =>
  fromHost(
    Int32Array.from({ length }, (_, i) => (i * 7919) % below),
    [length],
    "int32",
  );

it.each([
  ["a large product", () => matmul(numbers(200, 150), numbers(150, 170)), 1],
  ["a small product", () => matmul(numbers(5, 7), numbers(7, 3)), 0],
  ["a long exponential", () => exp(numbers(400, 400)), 1],
  ["a long sum, which is as fast on the host", () => add(numbers(400, 400), 1), 0],
  ["a longer one", () => add(numbers(800, 400), 1), 1],
  ["sorting", () => argsort(numbers(100, 100)), 1],
  ["a few short rows sorted", () => argsort(numbers(20, 10)), 0],
  ["where the largest of each row is", () => argmax(numbers(400, 400), { axis: 1 }), 1],
  ["logSumExp to few results", () => logSumExp(numbers(400, 400)), 1],
  ["sums of short rows", () => sum(numbers(20_000, 8), { axis: 1 }), 1],
  ["a sum of everything, which is read once", () => sum(numbers(400, 400)), 0],
  ["a matrix and a vector", () => matmul(numbers(800, 800), numbers(800, 1)), 1],
  ["rows of a large table", () => take(numbers(400, 400), positions(2, 400)), 0],
  ["elements of a list", () => take(numbers(160_000), positions(600_000, 160_000)), 1],
  ["running sums", () => cumsum(numbers(400, 400)), 1],
  ["a copy", () => concat([numbers(400, 400), numbers(400, 400)]), 0],
] as const)("%s", (_, f, modules) => {
  const expected = on(cpuBackend, () => read([f()]));
  instances.mockClear();
  const first = on(wasm, () => read([f()]));
  expect(instances.mock.calls.length > 0).toBe(modules > 0);
  const second = on(wasm, () => read([f()]));
  expectClose(first, expected, 400);
  expect(second).toEqual(first);
});

it("a long loop, and its gradient, whose results do not depend on what ran before", () => {
  const run = () => {
    const w = new Parameter(mul(numbers(128, 128), 0.1));
    const xs = numbers(40, 32, 128);
    const tape = new Tape();
    const loss = tape.record(() =>
      sum(
        scan(
          (h: Tensor, x: Tensor) => {
            const next = tanh(add(matmul(h, w), x));
            return [next, next];
          },
          numbers(32, 128),
          xs,
        )[1],
      ),
    );
    return read([loss, ...tape.gradient(loss, [w])]);
  };
  const expected = on(cpuBackend, run);
  instances.mockClear();
  const first = on(wasm, run);
  expect(instances.mock.calls.length).toBeGreaterThanOrEqual(2);
  const compiled = instances.mock.calls.length;
  expect(on(wasm, run)).toEqual(first);
  expect(instances.mock.calls.length).toBe(compiled);
  expectClose(first, expected, 40_000);
});
