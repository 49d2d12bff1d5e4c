/** Generated WGSL as text: what a change of the generator changes is there to be read. */

import { scan } from "@tapegrad/autodiff";
import {
  dense,
  isPlain,
  type LoopStep,
  type MemoryValue,
  type PlainStep,
  plan,
  type Step,
  withEpilogues,
} from "@tapegrad/compiler";
import { type Shape, type Tensor, trace } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { add, concat, matmul, maximum, mul, sigmoid, split, sum, tanh, transpose } from "@tapegrad/ops";
import { expect, test } from "vitest";
import { kernelsOf } from "../src/kernels/kernels.ts";
import { kernelShader, loopShader, sizedShader } from "../src/kernels/shader.ts";
import { Parameters } from "../src/kernels/sizes.ts";
import { type Dispatch, Dispatches } from "../src/program/dispatches.ts";
import { target } from "../src/program/target.ts";
import { functionsFor } from "../src/wgsl/functions.ts";
import { divisions } from "./step-runner.ts";

/** The shader of a call's only kernel, with `pages` for every value. */
function callShaderOf(step: PlainStep, pages = 1): string {
  const sizes = new Parameters();
  const kernel = defined(kernelsOf(step, { ...divisions["many workgroups"], sizes })[0], "kernel");
  const bindings = kernel.values.map((_, k) => k);
  const uses = kernel.values.map((_, k, all) => ({
    access: k < all.length - 1 ? ("read" as const) : ("read_write" as const),
    isHalf: false,
    pages,
    pageLength: 1024,
  }));
  return sizedShader(kernel, bindings, uses, sizes).text;
}

/** The only step of a Program of one op. */
function stepOf(fn: (...inputs: Tensor[]) => unknown, ...shapes: readonly Shape[]): PlainStep {
  const [step, ...others] = stepsOf(fn, ...shapes);
  if (step === undefined || others.length > 0 || !isPlain(step)) throw new Error("one step");
  return step;
}

const calls: Readonly<Record<string, readonly [PlainStep, PlainStep]>> = {
  add: [stepOf(add, [5, 7], [5, 7]), stepOf(add, [12], [12])],
  "maximum-broadcast": [stepOf(maximum, [4, 5, 6], [5, 1]), stepOf(maximum, [2, 3, 8], [3, 1])],
  copy: [stepOf((x) => transpose(x), [6, 4]), stepOf((x) => transpose(x), [8, 16])],
  sum: [stepOf((x) => sum(x, { axis: 1 }), [40, 900]), stepOf((x) => sum(x, { axis: 1 }), [38, 1000])],
  matmul: [productStep(64, 48, 32), productStep(128, 64, 80)],
};

test.each(Object.entries(calls))("the shader of a call of %s, whatever the shape", async (name, [step, other]) => {
  const text = callShaderOf(step);
  expect(callShaderOf(other)).toBe(text);
  await expect(text).toMatchFileSnapshot(`golden/${name}.wgsl`);
});

test("the shader of a call on several pages", async () => {
  const step = stepOf((x) => sum(x, { axis: 1 }), [40, 100]);
  await expect(callShaderOf(step, 2)).toMatchFileSnapshot("golden/sum-paged.wgsl");
});

/** The steps of a Program of float32 tensors. */
function stepsOf(fn: (...inputs: Tensor[]) => unknown, ...shapes: readonly Shape[]): readonly Step[] {
  const { program } = trace(
    (inputs) => fn(...inputs),
    shapes.map((shape) => ({ shape, dtype: "float32" as const })),
  );
  const { steps, outputs } = plan(program, target);
  return withEpilogues(steps, outputs);
}

/** The gates of an LSTM as projected, and the state of its cell; both after a step. */
function cellOf(gates: Tensor, cell: Tensor): readonly [hidden: Tensor, cell: Tensor] {
  const [i, f, g, o] = split(gates, 4, { axis: -1 }).map((gate, n) => (n === 2 ? tanh(gate) : sigmoid(gate)));
  if (i === undefined || f === undefined || g === undefined || o === undefined) throw new Error("four gates");
  const next = add(mul(f, cell), mul(i, g));
  return [mul(o, tanh(next)), next];
}

/** The shader of the only kernel of a step, with every value in a buffer of its own. */
function shaderOf(step: PlainStep, division = divisions["many workgroups"]): string {
  const kernel = defined(kernelsOf(step, division)[0], "kernel");
  const bindings = kernel.values.map((_, k) => k);
  const uses = kernel.values.map(() => ({ access: "read_write" as const, isHalf: false }));
  return kernelShader(kernel, bindings, uses, []).text;
}

/** The shader of a loop that one workgroup runs, with all values in one buffer. */
function loopShaderOf({ kernels, loop }: Dispatch): string {
  const { counter, length, reverse } = defined<LoopStep>(loop, "loop");
  const strideOf = ({ address: { terms } }: MemoryValue) =>
    terms.filter((term) => term.counter === counter).reduce((sum, { elements }) => sum + elements, 0);
  const parts = kernels.map((kernel) => ({
    kernel,
    bindings: kernel.values.map(() => 0),
    strides: kernel.values.map(strideOf),
  }));
  return loopShader(parts, [{ access: "read_write", isHalf: false }], { length, reverse }).text;
}

function productStep(rows: number, inner: number, columns: number): PlainStep {
  const [left, right, to] = (
    [
      [rows, inner],
      [inner, columns],
      [rows, columns],
    ] as const
  ).map((shape) => dense({ shape, dtype: "float32" }));
  if (left === undefined || right === undefined || to === undefined) throw new Error("three matrices");
  return { kind: "matmul", left, right, to, transposeLeft: false, transposeRight: true };
}

test("the shader of a cell, which is one loop", async () => {
  const steps = stepsOf((gates, cell) => cellOf(gates, cell), [3, 20], [3, 5]);
  expect(steps.map(({ kind }) => kind)).toEqual(["fused"]);
  await expect(shaderOf(steps[0] as PlainStep)).toMatchFileSnapshot("golden/program-cell.wgsl"); // Its kind is "fused".
});

test("the shader of a vector times a matrix", async () => {
  await expect(shaderOf(productStep(1, 64, 32))).toMatchFileSnapshot("golden/program-vector.wgsl");
});

test("the shader of a product by tiles", async () => {
  const step = productStep(64, 48, 32);
  await expect(shaderOf(step)).toMatchFileSnapshot("golden/program-tiles.wgsl");
});

test("the shader of a product with an epilogue", async () => {
  const [step, ...others] = stepsOf((x, weight, bias) => tanh(add(matmul(x, weight), bias)), [3, 5], [5, 2], [2]);
  expect(others).toEqual([]);
  expect(step).toMatchObject({ kind: "matmul", epilogue: { keepsResult: false } });
  await expect(shaderOf(step as PlainStep)).toMatchFileSnapshot("golden/program-epilogue.wgsl"); // See its kind.
});

test("the shader of a loop that one workgroup runs", async () => {
  const steps = stepsOf(
    (hidden, cell, xs, weight) =>
      scan(
        ([h, c]: [Tensor, Tensor], x: Tensor): [[Tensor, Tensor], Tensor] => {
          const [hNext, cNext] = cellOf(matmul(concat([x, h], { axis: -1 }), weight), c);
          return [[hNext, cNext], hNext];
        },
        [hidden, cell],
        xs,
      ),
    [1, 4],
    [1, 4],
    [6, 1, 4],
    [8, 16],
  );
  const work = new Dispatches(divisions["many workgroups"], 16384).of(steps);
  const loop = work.find((each) => each.kind === "dispatch" && each.loop !== undefined);
  if (loop?.kind !== "dispatch") throw new Error("the loop is not one dispatch");
  await expect(loopShaderOf(loop)).toMatchFileSnapshot("golden/program-loop.wgsl");
});

test("functions come once, after what they call", () => {
  const names = functionsFor(["logistic", "exponential", "hyperbolicTangent"]).map(
    (text) => /fn (\w+)/.exec(text)?.[1],
  );
  expect(new Set(names).size).toBe(names.length);
  expect(names.indexOf("exponential")).toBeLessThan(names.indexOf("logistic"));
  expect(names.indexOf("reduceExponent")).toBeLessThan(names.indexOf("exponential"));
  expect(() => functionsFor(["nothing"])).toThrow("internal: no WGSL function is called nothing");
});
