/** Generated WGSL as text: what a change of the generator changes is there to be read. */

import { scan } from "@tapegrad/autodiff";
import {
  dense,
  type LoopStep,
  type MemoryValue,
  type PlainStep,
  plan,
  type Step,
  withEpilogues,
} from "@tapegrad/compiler";
import { type Shape, type Tensor, trace } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { add, concat, matmul, mul, sigmoid, split, tanh } from "@tapegrad/ops";
import { expect, test } from "vitest";
import { elementwiseShader } from "../src/kernels/elementwise.ts";
import { addShader } from "../src/kernels/indexing.ts";
import { tileShader } from "../src/kernels/matmul.ts";
import { copyShader } from "../src/kernels/movement.ts";
import { groupShader } from "../src/kernels/reduce.ts";
import { kernelsOf } from "../src/program/kernels.ts";
import { type Launch, Launches } from "../src/program/launches.ts";
import { kernelShader, loopShader } from "../src/program/shader.ts";
import { target } from "../src/program/target.ts";
import { accumulatorOf } from "../src/wgsl/accumulation.ts";
import { type Expression, expressionOf } from "../src/wgsl/elementwise.ts";
import { functionsFor } from "../src/wgsl/functions.ts";
import { type Shader, shaderText } from "../src/wgsl/shader.ts";
import { divisions } from "./step-runner.ts";

const binary = (expression: Expression, right: "same" | "strided") =>
  elementwiseShader({
    inputs: [
      { element: "f32", access: "same" },
      { element: "f32", access: right },
    ],
    output: "f32",
    expression,
    rank: right === "strided" ? 3 : 0,
    invocations: 64,
  });

test.each<[string, Shader]>([
  ["add", binary(expressionOf("add", "float32"), "same")],
  ["maximum-broadcast", binary(expressionOf("maximum", "float32"), "strided")],
  ["copy", copyShader(2, 64)],
  [
    "sum",
    groupShader({
      accumulator: accumulatorOf("sum", "float32"),
      input: "f32",
      output: "f32",
      keptRank: 1,
      reducedRank: 1,
      invocations: 128,
    }),
  ],
  ["matmul", tileShader(1, 16)],
  ["index-add-sorted", addShader({ indexing: "slices", isFloat: true, isSorted: true, invocations: 64 })],
])("the shader of %s", async (name, shader) => {
  await expect(shaderText(shader)).toMatchFileSnapshot(`golden/${name}.wgsl`);
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
function loopShaderOf({ kernels, loop }: Launch): string {
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
  const work = new Launches(divisions["many workgroups"], 16384).of(steps);
  const loop = work.find((each) => each.kind === "launch" && each.loop !== undefined);
  if (loop?.kind !== "launch") throw new Error("the loop is not one launch");
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
