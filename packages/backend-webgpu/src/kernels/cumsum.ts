/** Running sums. Many lines: one invocation each. Few: a workgroup sums blocks of a line and carries the total along. */
import type { AttributesOf } from "@tapegrad/ops";
import { type Accumulator, floatSum, integerSum } from "../wgsl/accumulation.ts";
import { forEach, indent, type Shader } from "../wgsl/shader.ts";
import { type DeviceKernel, operandAt, viewAlong } from "./kernel.ts";

export interface CumsumSpec {
  readonly isFloat: boolean;
  readonly isReverse: boolean;
  readonly invocations: number;
}

function start({ isFloat }: CumsumSpec): Pick<Shader, "inputs" | "output" | "parameters"> & { sums: Accumulator } {
  const element = isFloat ? "f32" : "i32";
  const sums = isFloat ? floatSum : integerSum;
  return { inputs: [element], output: element, parameters: ["lines", "length", "inner"], sums };
}

/** The place of element k of `line`. */
function place({ isReverse }: CumsumSpec): string[] {
  return [
    `let along = ${isReverse ? "length - 1u - k" : "k"};`,
    "let at = (line / inner * length + along) * inner + line % inner;",
  ];
}

export function lineSumShader(spec: CumsumSpec): Shader {
  const { sums, ...head } = start(spec);
  const body = [
    `var total = ${sums.initial};`,
    "for (var k = 0u; k < length; k++) {",
    ...indent([...place(spec), `total = ${sums.take("total", "x0[at]", "k")};`, `y[at] = ${sums.result("total")};`]),
    "}",
  ];
  return {
    ...head,
    functions: sums.functions,
    invocations: spec.invocations,
    body: forEach("line", "lines", spec.invocations, body),
  };
}

export function blockSumShader(spec: CumsumSpec): Shader {
  const { sums, ...head } = start(spec);
  const { invocations } = spec;
  const body = [
    "for (var line = group; line < lines; line += groups) {",
    ...indent([
      `var carried = ${sums.initial};`,
      `for (var start = 0u; start < length; start += ${invocations}u) {`,
      ...indent([
        "let k = start + lane;",
        ...place(spec),
        `var own = ${sums.initial};`,
        `if (k < length) { own = ${sums.take("own", "x0[at]", "k")}; }`,
        "partials[lane] = own;",
        "workgroupBarrier();",
        `for (var width = 1u; width < ${invocations}u; width = width << 1u) {`,
        `  if (lane >= width) { own = ${sums.join("partials[lane - width]", "own")}; }`,
        "  workgroupBarrier();",
        "  partials[lane] = own;",
        "  workgroupBarrier();",
        "}",
        `let total = ${sums.join("carried", "own")};`,
        `if (k < length) { y[at] = ${sums.result("total")}; }`,
        `carried = ${sums.join("carried", `partials[${invocations - 1}]`)};`,
        "workgroupBarrier();",
      ]),
      "}",
    ]),
    "}",
  ];
  return {
    ...head,
    functions: sums.functions,
    shared: [`partials: array<${sums.type}, ${invocations}>`],
    invocations,
    body: body.join("\n"),
  };
}

const shortLine = 64;
const manyLines = 1024;

export const cumsum: DeviceKernel<AttributesOf<"cumsum">> = (runtime, inputs, { axis, reverse }, output) => {
  const x = operandAt(inputs, 0);
  const y = runtime.allocate(output);
  const { outer, length, inner } = viewAlong(x.shape, axis);
  const lines = length === 0 ? 0 : outer * inner;
  const byLine = length < shortLine || lines >= manyLines;
  const invocations = byLine ? runtime.loopInvocations : runtime.joinInvocations;
  const spec: CumsumSpec = { isFloat: x.dtype === "float32", isReverse: reverse, invocations };
  runtime.run({
    key: `cumsum ${x.dtype} ${reverse} ${byLine}`,
    shader: () => (byLine ? lineSumShader(spec) : blockSumShader(spec)),
    inputs: [x.memory],
    output: y,
    parameters: [lines, length, inner],
    groups: byLine ? Math.ceil(lines / invocations) : lines,
  });
  return y;
};
