/** Single ops and loops without `compile`: large ones run as generated code, and agree with the reference. */
import { scan, Tape } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { Parameter, type Tensor } from "@tapegrad/core";
import { add, exp, Generator, matmul, mul, sum, tanh } from "@tapegrad/ops";
import { afterEach, expect, it, vi } from "vitest";
import { wasmBackend } from "../src/index.ts";
import { expectClose, on, read } from "./comparison.ts";

const instances = vi.spyOn(WebAssembly, "Module");
afterEach(() => instances.mockClear());

const wasm = wasmBackend();
const numbers = (...shape: number[]) => new Generator(shape.length).normal(shape);

it.each([
  ["a large product", () => matmul(numbers(200, 150), numbers(150, 170)), 1],
  ["a small product", () => matmul(numbers(5, 7), numbers(7, 3)), 0],
  ["a long exponential", () => exp(numbers(400, 400)), 1],
  ["a long sum, which is as fast on the host", () => add(numbers(400, 400), 1), 0],
] as const)("%s", (_, f, modules) => {
  const inputsMade = on(wasm, () => [numbers(200, 150), numbers(150, 170), numbers(400, 400)]);
  expect(inputsMade.length).toBe(3);
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
