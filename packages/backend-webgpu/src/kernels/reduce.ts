/**
 * Reductions. Where there are many results, each invocation makes one; where there are few, a workgroup joins the partial
 * results of its invocations; and where the elements of one result are very many, several workgroups share it, and a second
 * reduction joins what they found.
 */
import { sizeOf, stridesOf, type TensorType } from "@tapegrad/core";
import type { AttributesOf } from "@tapegrad/ops";
import type { Memory } from "../device/memory.ts";
import { type Accumulator, accumulatorOf, type ReductionName } from "../wgsl/accumulation.ts";
import { type Element, elementOf } from "../wgsl/element.ts";
import { type Elements, indent, type Shader } from "../wgsl/shader.ts";
import { type MergedAxes, mergeAxes, offsetNames, offsets, offsetValues } from "../wgsl/strides.ts";
import { type DeviceKernel, type DeviceOperand, operandAt, type Runtime } from "./kernel.ts";
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

export interface ReduceSpec {
  readonly accumulator: Accumulator;
  readonly input: Element;
  readonly output: Element;
  readonly keptRank: number;
  readonly reducedRank: number;
  readonly invocations: number;
}

/** `kept…` axes number the results, `reduced…` axes the elements of one; each result has `chunks` parts of `chunk` elements. */
function headOf(spec: ReduceSpec): Omit<Shader, "body"> {
  const { accumulator, input, output, keptRank, reducedRank, invocations } = spec;
  return {
    inputs: [input],
    output,
    parameters: [
      "results",
      "length",
      ...offsetNames(keptRank, ["base"], "kept"),
      ...offsetNames(reducedRank, ["step"], "reduced"),
      "chunks",
      "chunk",
    ],
    functions: accumulator.functions,
    invocations,
  };
}

/** Makes `partial` of the elements of `part` from `first` on, going `every` at a time. */
function takePart(spec: ReduceSpec, { load }: Elements, first: string, every: number): string[] {
  const { accumulator, keptRank, reducedRank } = spec;
  return [
    "let result = part / chunks;",
    ...offsets("result", keptRank, ["base"], "kept"),
    "let begin = part % chunks * chunk;",
    "let end = min(begin + chunk, length);",
    `var partial = ${accumulator.initial};`,
    `for (var k = ${first}; k < end; k += ${every}u) {`,
    ...indent([
      ...offsets("k", reducedRank, ["step"], "reduced"),
      `partial = ${accumulator.take("partial", load(0, "base + step"), "k")};`,
    ]),
    "}",
  ];
}

/** One invocation per part. */
export function lineShader(spec: ReduceSpec): Shader {
  return {
    ...headOf(spec),
    body: (elements) =>
      elements.each("part", "results * chunks", spec.invocations, [
        ...takePart(spec, elements, "begin", 1),
        elements.store("part", spec.accumulator.result("partial")),
      ]),
  };
}

/** One workgroup per part. */
export function groupShader(spec: ReduceSpec): Shader {
  const { accumulator, invocations } = spec;
  const body = (elements: Elements) => [
    "for (var part = group; part < results * chunks; part += groups) {",
    ...indent([
      ...takePart(spec, elements, "begin + lane", invocations),
      ...joinLanes(accumulator, invocations),
      `if (lane == 0u) { ${elements.store("part", accumulator.result("partials[0]"))} }`,
      "workgroupBarrier();",
    ]),
    "}",
  ];
  return {
    ...headOf(spec),
    shared: [`partials: array<${accumulator.type}, ${invocations}>`],
    body: (elements) => body(elements).join("\n"),
  };
}

/** Halves the number of partial results until `partials[0]` is the only one. */
function joinLanes(accumulator: Accumulator, invocations: number): string[] {
  return [
    "partials[lane] = partial;",
    "workgroupBarrier();",
    `for (var width = ${invocations / 2}u; width > 0u; width = width >> 1u) {`,
    `  if (lane < width) { partials[lane] = ${accumulator.join("partials[lane]", "partials[lane + width]")}; }`,
    "  workgroupBarrier();",
    "}",
  ];
}

/** Fewer elements than this are one invocation's work. */
const shortLine = 64;
const shortInSoftware = 1024;
/** So many results keep a device busy with one invocation each. */
const manyResults = 1024;
const manyInSoftware = 256;
/** Elements of one workgroup's part, where a result is shared. */
const chunkLength = 4096;
const maxChunks = 1024;

/** Whether a part is for one invocation, else for a workgroup; and how many parts a result has. */
interface Sharing {
  readonly byLine: boolean;
  readonly chunks: number;
}

interface ReductionSizes {
  readonly results: number;
  readonly length: number;
  readonly isContiguous: boolean;
  /** Positions of parts would be positions in the part, so that arg-reductions are not shared. */
  readonly canShare: boolean;
}

function sharingOf({ isSoftware }: Runtime, { results, length, isContiguous, canShare }: ReductionSizes): Sharing {
  if (isSoftware) {
    if (length <= shortInSoftware || results >= manyInSoftware) return { byLine: true, chunks: 1 };
    return canShare ? { byLine: true, chunks: Math.ceil(manyInSoftware / results) } : { byLine: false, chunks: 1 };
  }
  const byLine = length < shortLine || (!isContiguous && results >= manyResults);
  const isShared = canShare && !byLine && results < manyResults && length >= 2 * chunkLength;
  return { byLine, chunks: isShared ? Math.min(Math.ceil(length / chunkLength), maxChunks) : 1 };
}

interface Reduction {
  readonly name: ReductionName;
  readonly x: DeviceOperand;
  readonly output: TensorType;
  readonly kept: MergedAxes;
  readonly reduced: MergedAxes;
}

function reduceAxes(
  runtime: Runtime,
  name: ReductionName,
  x: DeviceOperand,
  axes: readonly number[],
  output: TensorType,
): Memory {
  const isReduced = x.shape.map((_, axis) => axes.includes(axis - x.shape.length));
  if (isTooMuch(runtime, [x])) {
    const kept = longestAxis(
      x,
      axesOf(x).filter((axis) => !axes.includes(axis)),
    );
    // A position is one in all of the line.
    const divided = kept ?? (name.startsWith("arg") ? undefined : longestAxis(x, axes));
    const shape = x.shape.map((length, axis) => (isReduced[axis] === true ? 1 : length));
    if (divided !== undefined) return reduceParts({ runtime, name, x, axes, divided }, { ...output, shape });
  }
  const strides = stridesOf(x.shape);
  const merged = (wanted: boolean) =>
    mergeAxes(
      x.shape.filter((_, axis) => isReduced[axis] === wanted),
      [strides.filter((_, axis) => isReduced[axis] === wanted)],
    );
  return runReduction(runtime, { name, x, output, kept: merged(false), reduced: merged(true) });
}

interface DividedReduction {
  readonly runtime: Runtime;
  readonly name: ReductionName;
  readonly x: DeviceOperand;
  readonly axes: readonly number[];
  readonly divided: number;
}

/** In `output`, reduced axes have length 1. */
function reduceParts({ runtime, name, x, axes, divided }: DividedReduction, output: TensorType): Memory {
  const reducePart = (range: Range, type: TensorType) =>
    onParts(runtime, [[x, range]], (part) => reduceAxes(runtime, name, part, axes, type));
  const parts = partsOf(x, divided, fewestParts(runtime, x));
  if (!axes.includes(divided)) return byParts(runtime, output, parts, reducePart);
  const partial = parts.map((part) => ({ ...output, memory: reducePart(part, output) }));
  const all = withLength(output, divided, parts.length);
  const memory = joined(runtime, partial, divided, all);
  const result = reduceAxes(runtime, name, { ...all, memory }, [divided], output);
  runtime.free(memory);
  return result;
}

function runReduction(runtime: Runtime, { name, x, output, kept, reduced }: Reduction): Memory {
  const [results, length] = [sizeOf(kept.lengths), sizeOf(reduced.lengths)];
  const isContiguous = reduced.strides[0]?.at(-1) === 1;
  const { byLine, chunks } = sharingOf(runtime, { results, length, isContiguous, canShare: !name.startsWith("arg") });
  const isShared = chunks > 1;
  const chunk = Math.ceil(length / chunks);
  const y = runtime.allocate(isShared ? { shape: [results, chunks], dtype: output.dtype } : output);
  const invocations = byLine ? runtime.loopInvocations : runtime.joinInvocations;
  const spec: ReduceSpec = {
    accumulator: accumulatorOf(name, x.dtype),
    input: elementOf(name, x.dtype),
    output: elementOf(name, output.dtype),
    keptRank: kept.lengths.length,
    reducedRank: reduced.lengths.length,
    invocations,
  };
  runtime.run({
    key: `${name} ${x.dtype} ${spec.keptRank} ${spec.reducedRank} ${byLine}`,
    shader: () => (byLine ? lineShader(spec) : groupShader(spec)),
    inputs: [x.memory],
    output: y,
    parameters: [results, length, ...offsetValues(kept), ...offsetValues(reduced), chunks, chunk],
    groups: byLine ? Math.ceil((results * chunks) / invocations) : results * chunks,
  });
  if (!isShared) return y;
  const parts: DeviceOperand = { shape: [results, chunks], dtype: output.dtype, memory: y };
  const joined = reduceAxes(runtime, name, parts, [-1], output);
  runtime.free(y);
  return joined;
}

function reduction(name: "logSumExp" | "max" | "min" | "sum"): DeviceKernel<AttributesOf<"sum">> {
  return (runtime, inputs, { axes }, output) => reduceAxes(runtime, name, operandAt(inputs, 0), axes, output);
}

function argReduction(name: "argmax" | "argmin"): DeviceKernel<AttributesOf<"argmax">> {
  return (runtime, inputs, { axis }, output) => reduceAxes(runtime, name, operandAt(inputs, 0), [axis], output);
}

export const reduceKernels = {
  argmax: argReduction("argmax"),
  argmin: argReduction("argmin"),
  logSumExp: reduction("logSumExp"),
  max: reduction("max"),
  min: reduction("min"),
  sum: reduction("sum"),
};
