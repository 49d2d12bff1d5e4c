/** Single ops and loops without `compile`: large ones run as generated code, and agree with the reference. */
import { compile, scan, Tape } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { apply, type OpDefinition, Parameter, type Tensor } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import {
  add,
  argmax,
  argsort,
  concat,
  cumsum,
  exp,
  full,
  logSumExp,
  matmul,
  mul,
  sub,
  sum,
  take,
  tanh,
} from "@tapegrad/ops";
import { afterEach, expect, it, vi } from "vitest";
import { wasmBackend } from "../src/index.ts";
import { expectWithinUlps, on, read, uniforms } from "./comparison.ts";

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
  ["a short sum, which is as fast on the host", () => add(numbers(10, 10), 1), 0],
  ["a longer one", () => add(numbers(20, 10), 1), 1],
  ["a product of middle size", () => matmul(numbers(20, 20), numbers(20, 20)), 1],
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
  expectWithinUlps(first, expected, 400);
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
  expectWithinUlps(first, expected, 40_000);
});

it.each([cpuBackend, wasm])(
  "ops of one name are what their records say, eager, in loops and compiled, on $name",
  (backend) => {
    const named = (name: string, decompose: (x: Tensor) => Tensor): OpDefinition => ({
      name,
      type: ([x]) => ({ shape: x?.shape ?? [], dtype: x?.dtype ?? "float32" }),
      derivative: { kind: "zero" },
      batching: { kind: "pointwise" },
      tolerance: 1,
      decompose: ([x]) => decompose(x ?? full([], 0)),
    });
    for (const name of ["square", "mine"]) {
      const [left, right] = [named(name, (x) => sub(1, x)), named(name, (x) => mul(3, x))];
      const f = (x: Tensor) => [left, left, right, right].map((op) => apply(op, [apply(op, [x], {})], {}));
      const loop = (op: OpDefinition) => (x: Tensor) =>
        scan((h: Tensor) => [apply(op, [h], {}), null], x, null, { length: 3001 })[0];
      on(backend, () => {
        const x = fromHost(Float32Array.of(1, 2), [2], "float32");
        for (const run of [f, compile(f)])
          expect(run(x).map((y) => [...y.dataSync()])).toEqual([
            [1, 2],
            [1, 2],
            [9, 18],
            [9, 18],
          ]);
        for (const run of [loop(left), compile(loop(left))]) expect([...run(x).dataSync()]).toEqual([0, -1]);
        const grown = [loop(right), compile(loop(right))].map((run) => [...run(x).dataSync()]);
        expect(grown).toEqual([
          [Infinity, Infinity],
          [Infinity, Infinity],
        ]);
      });
    }
  },
);
