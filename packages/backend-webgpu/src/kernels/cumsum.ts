/** Running sums. Many lines, or short ones: one invocation each. Else a workgroup per line. */
import type { TensorType } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
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

/** Every invocation of a workgroup sums a part of the line, and then goes through it again from what the parts before add up to. */
export function partSumShader(spec: CumsumSpec): Shader {
  const { sums, ...head } = start(spec);
  const { invocations } = spec;
  const body = ({ load, store }: Elements) => {
    const throughPart = (then: readonly string[]) => [
      "for (var k = first; k < end; k++) {",
      ...indent([...place(spec), `total = ${sums.take("total", load(0, "at"), "k")};`, ...then]),
      "}",
    ];
    return [
      `let part = (length + ${invocations - 1}u) / ${invocations}u;`,
      "let first = min(lane * part, length);",
      "let end = min(first + part, length);",
      "for (var line = group; line < lines; line += groups) {",
      ...indent([
        `var total = ${sums.initial};`,
        ...throughPart([]),
        "partials[lane] = total;",
        "workgroupBarrier();",
        `total = ${sums.initial};`,
        `for (var n = 0u; n < lane; n++) { total = ${sums.join("total", "partials[n]")}; }`,
        ...throughPart([store("at", sums.result("total"))]),
        "workgroupBarrier();",
      ]),
      "}",
    ];
  };
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
const manyInSoftware = 16;

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
  const byLine = length < shortLine || lines >= (runtime.isSoftware ? manyInSoftware : manyLines);
  const invocations = byLine ? runtime.loopInvocations : runtime.joinInvocations;
  const spec: CumsumSpec = { isFloat: x.dtype === "float32", isReverse: reverse, invocations };
  runtime.run({
    key: `cumsum ${x.dtype} ${reverse} ${byLine}`,
    shader: () => (byLine ? lineSumShader(spec) : partSumShader(spec)),
    inputs: [x.memory],
    output: y,
    parameters: [lines, length, inner],
    groups: byLine ? Math.ceil(lines / invocations) : lines,
  });
  return y;
}
