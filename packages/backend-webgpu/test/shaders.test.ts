/** Generated WGSL as text: what a change of the generator changes is there to be read. */
import { expect, test } from "vitest";
import { elementwiseShader } from "../src/kernels/elementwise.ts";
import { addShader } from "../src/kernels/indexing.ts";
import { tileShader } from "../src/kernels/matmul.ts";
import { copyShader } from "../src/kernels/movement.ts";
import { groupShader } from "../src/kernels/reduce.ts";
import { accumulatorOf } from "../src/wgsl/accumulation.ts";
import { type Expression, expressionOf } from "../src/wgsl/elementwise.ts";
import { functionsFor } from "../src/wgsl/functions.ts";
import { type Shader, shaderText } from "../src/wgsl/shader.ts";

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

test("functions come once, after what they call", () => {
  const names = functionsFor(["logistic", "exponential", "hyperbolicTangent"]).map(
    (text) => /fn (\w+)/.exec(text)?.[1],
  );
  expect(new Set(names).size).toBe(names.length);
  expect(names.indexOf("exponential")).toBeLessThan(names.indexOf("logistic"));
  expect(names.indexOf("reduceExponent")).toBeLessThan(names.indexOf("exponential"));
  expect(() => functionsFor(["nothing"])).toThrow("internal: no WGSL function is called nothing");
});
