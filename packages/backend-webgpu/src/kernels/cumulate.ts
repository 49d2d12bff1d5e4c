/**
 * Running sums. Many lines, or short ones: one invocation each. Else a workgroup per line, whose invocations sum a part each, and
 * then go through it once more, from what the parts before add up to.
 */
import type { CumulateStep } from "@tapegrad/compiler";
import { sizeOf } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { type Accumulation, accumulationOf } from "../wgsl/accumulation.ts";
import { forEach, indent } from "../wgsl/shader.ts";
import type { Division, StepKernel } from "./kernel.ts";
import { type Positions, positionsOf, sumOf } from "./positions.ts";
import type { Sizes } from "./sizes.ts";

interface Cumulation {
  readonly sums: Accumulation;
  readonly length: number;
  /** Offsets of `line`, in `from` and in `to`. */
  readonly lines: Positions;
  /** Offsets of element `k` of `line`. */
  readonly source: string;
  readonly target: string;
}

const shortLine = 256;
const manyLines = 1024;
const manyInSoftware = 16;

export function cumulateKernels(step: CumulateStep, division: Division): readonly StepKernel[] {
  if (sizeOf(step.from.shape) === 0) return [];
  const cumulation = cumulationOf(step, division.sizes);
  const { length, lines } = cumulation;
  const { isAlone, isSoftware, join } = division;
  const many = isSoftware ? manyInSoftware : isAlone ? join : manyLines;
  const isByLine = length < shortLine || lines.count >= many;
  return [isByLine ? lineKernel(step, cumulation, division) : partsKernel(step, cumulation, division)];
}

function cumulationOf({ from, to, axis }: CumulateStep, sizes: Sizes): Cumulation {
  const without = (list: readonly number[]) => list.toSpliced(axis, 1);
  const lines = positionsOf("line", without(from.shape), [without(from.strides), without(to.strides)], { sizes });
  const place = (value: number, stride: number) =>
    sumOf([defined(lines.offsets[value], "offset"), sizes.term("k", stride)]);
  return {
    sums: accumulationOf("sum", to.dtype),
    length: from.shape[axis] ?? 1,
    lines,
    source: place(0, from.strides[axis] ?? 0),
    target: place(1, to.strides[axis] ?? 0),
  };
}

function headOf(
  { from, to, axis }: CumulateStep,
  { sums }: Cumulation,
): Pick<StepKernel, "label" | "values" | "functions"> {
  return { label: `cumsum of [${from.shape}] along ${axis}`, values: [from, to], functions: sums.functions };
}

function lineKernel(step: CumulateStep, cumulation: Cumulation, { loop, sizes }: Division): StepKernel {
  const { sums, length, lines, source, target } = cumulation;
  return {
    ...headOf(step, cumulation),
    invocations: loop,
    groups: Math.ceil(lines.count / loop),
    body: (names) => [
      forEach("line", sizes.of(lines.count), loop, [
        ...lines.statements,
        `var total = ${sums.identity};`,
        `for (var k = 0u; k < ${sizes.of(length)}; k++) {`,
        ...indent([
          `total = ${sums.add("total", names.load(0, source), "k")};`,
          names.store(1, target, sums.result("total")),
        ]),
        "}",
      ]),
    ],
  };
}

function partsKernel(step: CumulateStep, cumulation: Cumulation, { join, sizes }: Division): StepKernel {
  const { sums, length, lines, source, target } = cumulation;
  const part = Math.ceil(length / join);
  return {
    ...headOf(step, cumulation),
    shared: { partials: `array<${sums.type}, ${join}>` },
    sharedBytes: join * (step.to.dtype === "float32" ? 8 : 4),
    invocations: join,
    groups: lines.count,
    body: (names) => {
      const partials = names.shared("partials");
      const throughPart = (body: readonly string[]) => ["for (var k = first; k < end; k++) {", ...indent(body), "}"];
      const taken = `total = ${sums.add("total", names.load(0, source), "k")};`;
      return [
        `let first = lane * ${sizes.of(part)};`,
        `let end = min(first + ${sizes.of(part)}, ${sizes.of(length)});`,
        `for (var line = group; line < ${sizes.of(lines.count)}; line += groups) {`,
        ...indent([
          ...lines.statements,
          `var total = ${sums.identity};`,
          ...throughPart([taken]),
          `${partials}[lane] = total;`,
          "workgroupBarrier();",
          `total = ${sums.identity};`,
          `for (var n = 0u; n < lane; n++) { total = ${sums.merge("total", `${partials}[n]`)}; }`,
          ...throughPart([taken, names.store(1, target, sums.result("total"))]),
          "workgroupBarrier();",
        ]),
        "}",
      ];
    },
  };
}
