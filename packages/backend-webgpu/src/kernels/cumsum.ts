/** Running sums. Many lines: one invocation each. Few: a workgroup sums blocks of a line and carries the total along. */
import { defined, type TensorType } from "@tapegrad/core";
import type { AttributesOf } from "@tapegrad/ops";
import type { Memory } from "../device/memory.ts";
import { type Accumulator, floatSum, integerSum } from "../wgsl/accumulation.ts";
import { type Elements, forEach, indent, type Shader } from "../wgsl/shader.ts";
import { elementwiseKernels } from "./elementwise.ts";
import { type DeviceKernel, type DeviceOperand, operandAt, type Runtime, viewAlong } from "./kernel.ts";
import {
  axesOf,
  byParts,
  fewestParts,
  isTooMuch,
  joined,
  longestAxis,
  onParts,
  partsOf,
  type Range,
  withLength,
} from "./parts.ts";

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
  const body = ({ load, store }: Elements) => [
    `var total = ${sums.initial};`,
    "for (var k = 0u; k < length; k++) {",
    ...indent([
      ...place(spec),
      `total = ${sums.take("total", load(0, "at"), "k")};`,
      store("at", sums.result("total")),
    ]),
    "}",
  ];
  return {
    ...head,
    functions: sums.functions,
    invocations: spec.invocations,
    body: (elements) => forEach("line", "lines", spec.invocations, body(elements)),
  };
}

export function blockSumShader(spec: CumsumSpec): Shader {
  const { sums, ...head } = start(spec);
  const { invocations } = spec;
  const body = ({ load, store }: Elements) => [
    "for (var line = group; line < lines; line += groups) {",
    ...indent([
      `var carried = ${sums.initial};`,
      `for (var start = 0u; start < length; start += ${invocations}u) {`,
      ...indent([
        "let k = start + lane;",
        ...place(spec),
        `var own = ${sums.initial};`,
        `if (k < length) { own = ${sums.take("own", load(0, "at"), "k")}; }`,
        "partials[lane] = own;",
        "workgroupBarrier();",
        `for (var width = 1u; width < ${invocations}u; width = width << 1u) {`,
        `  if (lane >= width) { own = ${sums.join("partials[lane - width]", "own")}; }`,
        "  workgroupBarrier();",
        "  partials[lane] = own;",
        "  workgroupBarrier();",
        "}",
        `let total = ${sums.join("carried", "own")};`,
        `if (k < length) { ${store("at", sums.result("total"))} }`,
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
    body: (elements) => body(elements).join("\n"),
  };
}

const shortLine = 64;
const manyLines = 1024;

export const cumsum: DeviceKernel<AttributesOf<"cumsum">> = (runtime, inputs, attributes, output) => {
  const x = operandAt(inputs, 0);
  return isTooMuch(runtime, [x]) ? sumParts(runtime, x, attributes) : sumLines(runtime, x, attributes, output);
};

/** Some lines at a time, or else half of one, where the other half goes on from the total. */
function sumParts(runtime: Runtime, x: DeviceOperand, { axis, reverse }: AttributesOf<"cumsum">): Memory {
  const sumPart = (range: Range, type: TensorType) =>
    onParts(runtime, [[x, range]], (part) => cumsum(runtime, [part], { axis, reverse }, type));
  const across = longestAxis(
    x,
    axesOf(x).filter((other) => other !== axis),
  );
  if (across !== undefined) return byParts(runtime, x, partsOf(x, across, fewestParts(runtime, x)), sumPart);
  const halves = partsOf(x, axis, 2).map((half) => {
    const type = withLength(x, axis, half.stop - half.start);
    return { ...type, memory: sumPart(half, type) };
  });
  const from = defined(halves[reverse ? 1 : 0], "half");
  const to = defined(halves[reverse ? 0 : 1], "half");
  const end = (from.shape.at(axis) ?? 1) - 1;
  const total = reverse ? { axis, start: 0, stop: 1 } : { axis, start: end, stop: end + 1 };
  const moved = onParts(runtime, [[from, total]], (last) => elementwiseKernels.add(runtime, [to, last], {}, to));
  runtime.free(to.memory);
  const sums = { ...to, memory: moved };
  return joined(runtime, reverse ? [sums, from] : [from, sums], axis, x);
}

function sumLines(
  runtime: Runtime,
  x: DeviceOperand,
  { axis, reverse }: AttributesOf<"cumsum">,
  output: TensorType,
): Memory {
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
}
