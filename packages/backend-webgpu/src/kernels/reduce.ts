/**
 * Reductions. Where results are many or lines short, each invocation makes one; else several invocations share a result, and
 * join what they found in workgroup memory. Neighbouring invocations read what lies closest in memory.
 */
import type { ReduceStep } from "@tapegrad/compiler";
import { sizeOf } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { type Accumulation, accumulationOf, type ReductionName } from "../wgsl/accumulation.ts";
import { forEach, indent } from "../wgsl/shader.ts";
import type { Division, Names, StepKernel } from "./kernel.ts";
import { type Positions, positionsOf } from "./positions.ts";
import { literal, type Sizes } from "./sizes.ts";

/** Also to what is no step of Programs. */
export interface Reduction extends Omit<ReduceStep, "op"> {
  readonly op: ReductionName;
}

export function reduceKernels(step: Reduction, division: Division): readonly StepKernel[] {
  const reduction = reductionOf(step, division.sizes);
  const lanes = lanesPerResult(reduction, division);
  return [lanes === 1 ? lineKernel(step, reduction, division) : sharedKernel(step, reduction, lanes, division)];
}

interface Parts {
  readonly accumulation: Accumulation;
  /** Offsets of result `i`, in `from` and in `to`. */
  readonly kept: Positions;
  /** Offsets of element `k` of a result, in `from`; and how many there are. */
  readonly reduced: Positions;
  readonly length: string;
  /** Whether the elements of one result are closer in memory than those of different ones. */
  readonly isAlong: boolean;
}

function reductionOf({ op, from, to }: Reduction, sizes: Sizes): Parts {
  const distance = (axis: number) => Math.abs(from.strides[axis] ?? 0) || Number.POSITIVE_INFINITY;
  const farthestFirst = [...from.shape.keys()]
    .filter((axis) => from.shape[axis] !== 1)
    .sort((a, b) => (distance(a) === distance(b) ? a - b : distance(b) - distance(a)));
  const isKept = (axis: number) => to.strides[axis] !== 0;
  const at = (list: readonly number[], axes: readonly number[]) => axes.map((axis) => list[axis] ?? 0);
  const kept = farthestFirst.filter(isKept);
  const reduced = farthestFirst.filter((axis) => !isKept(axis));
  return {
    accumulation: accumulationOf(op, from.dtype),
    kept: positionsOf("i", at(from.shape, kept), [at(from.strides, kept), at(to.strides, kept)], {
      sizes,
      name: "kept",
    }),
    reduced: positionsOf("k", at(from.shape, reduced), [at(from.strides, reduced)], { sizes, name: "reduced" }),
    length: sizes.of(sizeOf(at(from.shape, reduced))),
    isAlong: !isKept(farthestFirst.at(-1) ?? 0),
  };
}

/** So many invocations keep a large device busy, and a processor, which takes long to wait for each of them. */
const enoughInvocations = 2 ** 14;
const enoughInSoftware = 256;
/** So many results are enough work for one invocation each, unless their lines are long and contiguous. */
const manyResults = 2 ** 12;
const longLine = 512;
const lanesPerLongLine = 16;
/** What one invocation reads in no more time than it takes to join what several found. */
const shortLine = 128;
const shortInSoftware = 1024;
/** Elements that should be there for every invocation that shares a result. */
const leastShare = 16;
/** Invocations that read neighbours across lines, so that no memory line is read in vain. */
const leastAcross = 8;

/** A power of two, up to the number of invocations that join. */
function lanesPerResult({ kept, reduced, isAlong }: Parts, { join, isAlone, isSoftware }: Division): number {
  const [results, length] = [kept.count, reduced.count];
  const useful = Math.min(powerOfTwo(length / leastShare), join);
  if (isSoftware && length <= shortInSoftware) return 1;
  if (isAlone) return Math.min(useful, powerOfTwo(join / results));
  if (length <= shortLine) return 1;
  const wanted = powerOfTwo((isSoftware ? enoughInSoftware : enoughInvocations) / results);
  if (isAlong && length >= longLine && !isSoftware) return Math.min(useful, Math.max(lanesPerLongLine, wanted));
  if (results >= manyResults) return 1;
  return Math.min(useful, wanted, isAlong ? join : powerOfTwo(join / leastAcross));
}

function powerOfTwo(most: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, most)));
}

/** Statements that add elements `first`, `first + every`, … */
function additions(
  { accumulation, reduced, kept, length }: Parts,
  names: Names,
  first: string,
  every: number,
): string[] {
  const from = `${offsetOf(kept, 0)} + ${offsetOf(reduced, 0)}`;
  return [
    `for (var k = ${first}; k < ${length}; k += ${literal(every)}) {`,
    ...indent([...reduced.statements, `partial = ${accumulation.add("partial", names.load(0, from), "k")};`]),
    "}",
  ];
}

function offsetOf({ offsets }: Positions, value: number): string {
  return defined(offsets[value], "offset");
}

function headOf(
  { op, from, to }: Reduction,
  { accumulation }: Parts,
): Pick<StepKernel, "label" | "values" | "functions"> {
  return { label: `${op} of [${from.shape}]`, values: [from, to], functions: accumulation.functions };
}

/** One invocation per result. */
function lineKernel(step: Reduction, reduction: Parts, { loop, sizes }: Division): StepKernel {
  const { accumulation, kept } = reduction;
  return {
    ...headOf(step, reduction),
    invocations: loop,
    groups: Math.ceil(kept.count / loop),
    body: (names) => [
      forEach("i", sizes.of(kept.count), loop, [
        ...kept.statements,
        `var partial = ${accumulation.identity};`,
        ...additions(reduction, names, "0u", 1),
        names.store(1, offsetOf(kept, 1), accumulation.result("partial")),
      ]),
    ],
  };
}

/** `lanes` invocations per result. */
function sharedKernel(step: Reduction, reduction: Parts, lanes: number, { join, sizes }: Division): StepKernel {
  const { accumulation, kept, isAlong } = reduction;
  const atOnce = join / lanes;
  const blocks = Math.ceil(kept.count / atOnce);
  const isHere = `i < ${sizes.of(kept.count)}`;
  /** From an invocation to the next that shares its result. */
  const pitch = isAlong ? 1 : atOnce;
  return {
    ...headOf(step, reduction),
    shared: { partials: `array<${accumulation.type}, ${join}>` },
    sharedBytes: join * (accumulation.type.startsWith("vec2") ? 8 : 4),
    invocations: join,
    groups: blocks,
    body: (names) => {
      const partials = names.shared("partials");
      const stages = stagesOf(lanes);
      const merges = stages.flatMap(({ width, parts }, stage) => {
        const other = `${partials}[lane + n * ${literal(width * pitch)}]`;
        const isLast = stage === stages.length - 1;
        return [
          `if (part < ${literal(width)}) {`,
          `  for (var n = 1u; n < ${literal(parts)}; n++) { partial = ${accumulation.merge("partial", other)}; }`,
          ...(isLast ? ["}"] : [`  ${partials}[lane] = partial;`, "}", "workgroupBarrier();"]),
        ];
      });
      return [
        `let part = lane ${isAlong ? "%" : "/"} ${literal(isAlong ? lanes : atOnce)};`,
        `for (var block = group; block < ${sizes.of(blocks)}; block += groups) {`,
        ...indent([
          `let i = block * ${literal(atOnce)} + lane ${isAlong ? "/" : "%"} ${literal(isAlong ? lanes : atOnce)};`,
          ...kept.statements,
          `var partial = ${accumulation.identity};`,
          `if (${isHere}) {`,
          ...indent(additions(reduction, names, "part", lanes)),
          "}",
          `${partials}[lane] = partial;`,
          "workgroupBarrier();",
          ...merges,
          `if ((part == 0u) & (${isHere})) { ${names.store(1, offsetOf(kept, 1), accumulation.result("partial"))} }`,
          ...(blocks > 1 || !sizes.areKnown ? ["workgroupBarrier();"] : []),
        ]),
        "}",
      ];
    },
  };
}

/** An invocation merges so many partial results by itself: waiting for others takes longer. */
const joinedAlone = 16;

/** How `lanes` partial results become one: each of the first `width` invocations merges its own with those of `parts` − 1 others. */
function stagesOf(lanes: number): { width: number; parts: number }[] {
  const parts = Math.min(lanes, joinedAlone);
  const width = lanes / parts;
  return width === 1 ? [{ width, parts }] : [{ width, parts }, ...stagesOf(width)];
}
