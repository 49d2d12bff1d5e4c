/** The umbrella: a backend without asking, ops as methods that do and type what the functions do, everything re-exported. */
import * as core from "@tapegrad/core";
import * as ops from "@tapegrad/ops";
import * as tapegrad from "tapegrad";
import { currentBackend, grad, type Tensor, tensor, wasm } from "tapegrad";
import { describe, expect, expectTypeOf, it } from "vitest";

const values = (t: Tensor): number[] => Array.from(t.dataSync());

it("makes tensors without a backend being chosen", async () => {
  expect(currentBackend()).toBe(await wasm());
  expect(await tensor([1, 2]).toArray()).toEqual([1, 2]);
});

it("ops are methods, and gradients flow through them", () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  const w = tensor([[1], [-1]]);
  expect(values(x.matmul(w).add(1).square())).toEqual([0, 0]);
  expect(values(x.sum({ axis: 0 }))).toEqual([4, 6]);
  expect(x.mean().itemSync()).toBe(2.5);
  expect(values(grad((t: Tensor) => t.square().sum())(x))).toEqual([2, 4, 6, 8]);
});

it("Parameters have the methods as well, and gradients reach them", () => {
  const w = new tapegrad.Parameter([
    [1, 2],
    [3, 4],
  ]);
  const h = tensor([1, -1]);
  const tape = new tapegrad.Tape();
  const y = tape.record(() =>
    w
      .matmul(h.reshape([2, 1]))
      .square()
      .sum(),
  );
  expect(y.itemSync()).toBe(2);
  expect(values(tape.gradient(y, w))).toEqual([-2, 2, -2, 2]);
  const compiled = tapegrad.compile((x: Tensor) => w.mul(x).sum());
  expect(compiled(h).itemSync()).toBe(-2);
  w.assign(w.value.neg());
  expect(compiled(h).itemSync()).toBe(2);
  expectTypeOf(w.add(1)).toEqualTypeOf<Tensor>();
  const missing = Object.getOwnPropertyNames(core.Tensor.prototype).filter(
    (name) => Object.hasOwn(ops, name) && typeof Reflect.get(core.Parameter.prototype, name) !== "function",
  );
  expect(missing).toEqual([]);
});

it("methods have the types of their functions", () => {
  const x = tensor([1, 2, 3]);
  expectTypeOf(x.add(1)).toEqualTypeOf<Tensor>();
  expectTypeOf(x.add).parameter(0).toEqualTypeOf<tapegrad.TensorLike>();
  expectTypeOf(x.topK(2)).toEqualTypeOf<{ values: Tensor; indices: Tensor }>();
  expectTypeOf(x.split(3)).toEqualTypeOf<Tensor[]>();
  // @ts-expect-error a matrix product needs another operand
  expect(() => x.matmul()).toThrow();
});

describe("every method", () => {
  /** Exports of ops that take a tensor first, and what they need besides it. */
  const notMethods = new Set<string>([
    "arange",
    "asTensor",
    "concat",
    "einsum",
    "eye",
    "full",
    "Generator",
    "linspace",
    "ones",
    "onesLike",
    "stack",
    "stopGradient",
    "where",
    "zeros",
    "zerosLike",
  ]);

  it("exists for every op whose first operand is a tensor", () => {
    const missing = Object.entries(ops)
      .filter(([name, value]) => typeof value === "function" && !notMethods.has(name))
      .map(([name]) => name)
      .filter((name) => typeof Reflect.get(core.Tensor.prototype, name) !== "function");
    expect(missing).toEqual([]);
  });

  it("passes its operand and its options on", () => {
    const x = tensor([
      [3, 1],
      [2, 5],
    ]);
    expect(values(x.max({ axis: 1 }))).toEqual(values(ops.max(x, { axis: 1 })));
    expect(values(x.transpose())).toEqual(values(ops.transpose(x)));
    expect(values(x.softmax({ axis: 0 }))).toEqual(values(ops.softmax(x, { axis: 0 })));
    expect(values(x.slice([0, 1], [2, 2]))).toEqual([1, 5]);
  });
});
