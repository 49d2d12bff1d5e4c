/**
 * Sorting by position, stably. In a short line each element counts how many come before it; in a long one it does so in its run,
 * and then neighbouring runs are merged: an element's place is its own plus those that come before it in the other run.
 */
import type { SortStep, Target } from "@tapegrad/compiler";
import { sizeOf } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { orderOf } from "../wgsl/accumulation.ts";
import { forEach, indent } from "../wgsl/shader.ts";
import type { Division, StepKernel } from "./kernel.ts";
import { positionsOf, sumOf } from "./positions.ts";
import type { Sizes } from "./sizes.ts";

/** Counting looks at every pair. */
const longestCounted = 1024;
const firstRun = 64;

/** The lengths of the sorted runs, one after the other; the last one is the line. */
function runsOf(length: number): number[] {
  if (length <= longestCounted) return [length];
  const runs = [firstRun];
  for (let run = firstRun; run < length; run *= 2) runs.push(Math.min(2 * run, length));
  return runs;
}

/** Positions between two merges, of this one and of the next. */
export const sortScratch: Target["sortScratch"] = (shape, axis) => {
  const merges = runsOf(shape[axis] ?? 1).length - 1;
  return Math.min(merges, 2) * sizeOf(shape);
};

export function sortKernels(step: SortStep, division: Division): readonly StepKernel[] {
  if (sizeOf(step.from.shape) === 0) return [];
  const sorting = sortingOf(step, division.sizes);
  const runs = runsOf(sorting.length);
  return runs.map((run, n) => {
    const to = n === runs.length - 1 ? undefined : n % 2;
    return n === 0
      ? countingKernel(step, sorting, { run, to }, division)
      : mergeKernel(step, sorting, { run: defined(runs[n - 1], "run"), to }, division);
  });
}

interface Sorting {
  readonly sizes: Sizes;
  readonly length: number;
  readonly size: number;
  /** Both as WGSL. */
  readonly text: { readonly length: string; readonly size: string };
  readonly functions: StepKernel["functions"];
  /** Statements that place `line`. */
  readonly statements: readonly string[];
  /** The key of the element `loaded`, and offsets of element `k` of `line`. */
  readonly key: (loaded: string) => string;
  readonly source: (k: string) => string;
  readonly target: (k: string) => string;
}

/** `to`: the half of the scratch where the result of this pass goes; undefined for where the whole result goes. */
interface SortPass {
  readonly run: number;
  readonly to: number | undefined;
}

function sortingOf({ from, to, axis, descending }: SortStep, sizes: Sizes): Sorting {
  const length = from.shape[axis] ?? 1;
  const without = (list: readonly number[]) => list.toSpliced(axis, 1);
  const lines = positionsOf("line", without(from.shape), [without(from.strides), without(to.strides)], { sizes });
  const place = (value: number, stride: number) => (k: string) =>
    sumOf([defined(lines.offsets[value], "offset"), sizes.term(k, stride)]);
  const order = orderOf(from.dtype);
  return {
    sizes,
    length,
    size: lines.count * length,
    text: { length: sizes.of(length), size: sizes.of(lines.count * length) },
    functions: order.functions,
    statements: lines.statements,
    key: (loaded) => (descending ? `~${order.key(loaded)}` : order.key(loaded)),
    source: place(0, from.strides[axis] ?? 0),
    target: place(1, to.strides[axis] ?? 0),
  };
}

/** The numbers of the operands among the kernels' values. */
const [source, target, scratch] = [0, 1, 2];

function kernelOf(
  step: SortStep,
  { size, functions }: Sorting,
  label: string,
  { loop }: Division,
): Omit<StepKernel, "body"> {
  const { from, to } = step;
  const values = step.scratch.shape[0] === 0 ? [from, to] : [from, to, step.scratch];
  return { label, values, functions, invocations: loop, groups: Math.ceil(size / loop) };
}

/** Element `place` of `line` in a half of the scratch. */
function inScratch({ size, sizes, text }: Sorting, half: number, place: string): string {
  return sumOf([half === 0 && sizes.areKnown ? undefined : sizes.of(half * size), `line * ${text.length}`, place]);
}

function countingKernel(step: SortStep, sorting: Sorting, { run, to }: SortPass, division: Division): StepKernel {
  const { text, key, statements } = sorting;
  const { loop, sizes } = division;
  const runText = sizes.of(run);
  return {
    ...kernelOf(step, sorting, `sort runs of ${run} of [${step.from.shape}]`, division),
    body: (names) => {
      const keyAt = (k: string) => key(names.load(source, sorting.source(k)));
      return [
        forEach("i", text.size, loop, [
          `let line = i / ${text.length};`,
          `let own = i % ${text.length};`,
          ...statements,
          `let key = ${keyAt("own")};`,
          `let start = own / ${runText} * ${runText};`,
          "var place = start;",
          `for (var k = start; k < min(start + ${runText}, ${text.length}); k++) {`,
          `  let other = ${keyAt("k")};`,
          "  place += select(0u, 1u, (other < key) | ((other == key) & (k < own)));",
          "}",
          to === undefined
            ? names.store(target, sorting.target("place"), "i32(own)")
            : names.store(scratch, inScratch(sorting, to, "place"), "i32(own)"),
        ]),
      ];
    },
  };
}

/** Pairs of runs of `run` elements. An element comes after its equals in the run before, and before those in the run after. */
function mergeKernel(step: SortStep, sorting: Sorting, { run, to }: SortPass, division: Division): StepKernel {
  const { text, key, statements } = sorting;
  const { loop, sizes } = division;
  const from = to === undefined ? (runsOf(sorting.length).length - 2) % 2 : 1 - to;
  const [runText, twice] = [sizes.of(run), sizes.of(2 * run)];
  return {
    ...kernelOf(step, sorting, `merge runs of ${run} of [${step.from.shape}]`, division),
    body: (names) => {
      const positionAt = (place: string) => `u32(${names.load(scratch, inScratch(sorting, from, place))})`;
      const keyAt = (k: string) => key(names.load(source, sorting.source(k)));
      const search = [
        "let middle = (low + high) / 2u;",
        `let position = ${positionAt("middle")};`,
        `let other = ${keyAt("position")};`,
        "if ((other < key) | ((other == key) & isRight)) { low = middle + 1u; } else { high = middle; }",
      ];
      return [
        forEach("i", text.size, loop, [
          `let line = i / ${text.length};`,
          `let now = i % ${text.length};`,
          ...statements,
          `let own = ${positionAt("now")};`,
          `let key = ${keyAt("own")};`,
          `let start = now / ${twice} * ${twice};`,
          `let isRight = now - start >= ${runText};`,
          `let first = select(min(start + ${runText}, ${text.length}), start, isRight);`,
          "var low = first;",
          `var high = min(first + ${runText}, ${text.length});`,
          "while (low < high) {",
          ...indent(search),
          "}",
          // Places before it in its own run, and in the other one.
          `let place = now + low - first - select(0u, ${runText}, isRight);`,
          to === undefined
            ? names.store(target, sorting.target("place"), "i32(own)")
            : names.store(scratch, inScratch(sorting, to, "place"), "i32(own)"),
        ]),
      ];
    },
  };
}
