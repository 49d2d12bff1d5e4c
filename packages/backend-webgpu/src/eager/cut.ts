/**
 * Cuts steps on arrays of several pages until each finds all values that it reads and writes in as many pages as a shader can
 * bind. Steps with independent elements are cut until every value lies in one page.
 */
import {
  type CopyStep,
  type CumulateStep,
  dense,
  type FusedStep,
  isDense,
  type MatmulStep,
  type MemoryValue,
  movedStep,
  type PlainStep,
  type ReduceStep,
  type SortStep,
  type Value,
  valuesOf,
  view,
} from "@tapegrad/compiler";
import { sizeOf, UnsupportedError } from "@tapegrad/core";
import { defined, internal } from "@tapegrad/core/internal";
import type { PartOfBits } from "../kernels/random-bits.ts";
import type { PartOfRows } from "../kernels/rows.ts";
import { sortScratch } from "../kernels/sort.ts";
import { type Bindable, extentOf, windowOf, windowsOf } from "./windows.ts";

/** @throws UnsupportedError, in the name of `op`, for a step that needs more pages at once. */
export function cutSteps(op: string, steps: readonly PlainStep[], bindable: Bindable): readonly PlainStep[] {
  return steps.flatMap((step) => {
    if (fits(step, bindable)) return [step];
    const parts = cut(step, bindable);
    if (parts === undefined) throw tooMany(op, step, bindable);
    return cutSteps(op, parts, bindable);
  });
}

function fits(step: PlainStep, { buffers, pageLength }: Bindable): boolean {
  const windows = [...windowsOf(step, pageLength).values()];
  if (windows.reduce((sum, { pages }) => sum + pages, 0) > buffers) return false;
  const { reads, writes } = valuesOf(step);
  return !isByElement(step) || [...reads, ...writes].every((value) => (windowOf(value, pageLength)?.pages ?? 1) === 1);
}

function isByElement({ kind }: PlainStep): boolean {
  return kind === "fused" || kind === "copy" || kind === "iota" || kind === "randomBits";
}

function tooMany(op: string, step: PlainStep, { buffers, pageLength }: Bindable): UnsupportedError {
  const pages = [...windowsOf(step, pageLength).values()].map((window) => window.pages);
  const wanted = pages.reduce((sum, count) => sum + count, 0);
  return new UnsupportedError(
    op,
    `one line of it lies in ${pages.join(" + ")} buffers, more than this adapter can bind at once (${wanted} > ${buffers})`,
    "split the operands, or use another adapter or backend",
  );
}

/** Elements `from` until before `to` of an axis. */
interface Range {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
}

/** Where a value is best cut in two. */
interface Cut {
  readonly value: MemoryValue;
  readonly halves: readonly [Range, Range];
}

/** Where the value of most pages crosses from one page to the next, along the axis that goes farthest of those that may be cut. */
function bestCut(
  values: readonly Value[],
  pageLength: number,
  mayCut: (value: MemoryValue, axis: number) => boolean,
): Cut | undefined {
  const candidates = values.flatMap((value) => {
    if (value.kind === "constant") return [];
    const pages = windowOf(value, pageLength)?.pages ?? 0;
    const reach = (axis: number) => Math.abs(value.strides[axis] ?? 0) * ((value.shape[axis] ?? 1) - 1);
    const axes = [...value.shape.keys()].filter((axis) => reach(axis) > 0 && mayCut(value, axis));
    const axis = axes.sort((a, b) => reach(b) - reach(a))[0];
    return axis === undefined ? [] : [{ value, axis, pages }];
  });
  const worst = candidates.sort((a, b) => b.pages - a.pages)[0];
  if (worst === undefined) return undefined;
  const { value, axis } = worst;
  const length = value.shape[axis] ?? 1;
  const middle = Math.min(Math.max(crossing(value, axis, pageLength), 1), length - 1);
  return {
    value,
    halves: [
      { axis, from: 0, to: middle },
      { axis, from: middle, to: length },
    ],
  };
}

/** The first index of the axis that lies behind the middle one of the value's page borders. */
function crossing(value: MemoryValue, axis: number, pageLength: number): number {
  const { first, pages } = defined(windowOf(value, pageLength), "window");
  const border = (first + Math.ceil(pages / 2)) * pageLength;
  const stride = value.strides[axis] ?? 1;
  const [low, high] = extentOf(value);
  return stride > 0 ? Math.ceil((border - low) / stride) : Math.floor((high - border) / -stride) + 1;
}

function part(value: MemoryValue, { axis, from, to }: Range): MemoryValue {
  return view(value, value.shape.with(axis, to - from), value.strides, from * (value.strides[axis] ?? 0));
}

/** Undefined where nothing is left to cut. */
function cut(step: PlainStep, { pageLength }: Bindable): readonly PlainStep[] | undefined {
  switch (step.kind) {
    case "fused":
    case "copy":
      return cutElements(step, pageLength);
    case "iota": {
      const to = flat(step.to);
      return bestCut([to], pageLength, () => true)?.halves.map((half) => ({
        ...step,
        start: step.start + half.from * step.step,
        to: part(to, half),
      }));
    }
    case "randomBits":
      return cutBits(step, pageLength);
    case "reduce":
      return cutReduction(step, pageLength);
    case "cumulate":
      return cutCumulation(step, pageLength);
    case "sort":
      return cutSort(step, pageLength);
    case "rows":
      return cutRows(step, pageLength);
    case "matmul":
      return cutProduct(step, pageLength);
    case "host":
      throw internal("a step of the host on a device");
  }
}

function flat(value: MemoryValue): MemoryValue {
  if (!isDense(value)) throw internal("a result that is not dense");
  return view(value, [sizeOf(value.shape)], [1]);
}

function cutElements(step: FusedStep | CopyStep, pageLength: number): readonly PlainStep[] | undefined {
  if (step.kind === "copy" && step.clear !== undefined) {
    const { from, to, clear } = step;
    const zero: Value = { kind: "constant", shape: clear.shape, dtype: clear.dtype, value: 0 };
    const zeros: CopyStep = { kind: "copy", from: zero, to: clear };
    return sizeOf(to.shape) === 0 ? [zeros] : [zeros, { kind: "copy", from, to }];
  }
  const { reads, writes } = valuesOf(step);
  const found = bestCut([...reads, ...writes], pageLength, () => true);
  return found?.halves.map((half) => {
    const moved = movedStep(step, (value) => part(value, half));
    return moved.kind === "fused" ? { ...moved, shape: moved.shape.with(half.axis, half.to - half.from) } : moved;
  });
}

/** Pages begin at even elements, so that pairs of random words stay together. */
function cutBits(step: PartOfBits, pageLength: number): readonly PartOfBits[] | undefined {
  const to = flat(step.to);
  const found = bestCut([to], pageLength, () => true);
  return found?.halves.map((half) => ({ ...step, first: (step.first ?? 0) + half.from, to: part(to, half) }));
}

/** Other results, or else halves of their elements, whose results are joined. A position is one in all of the line. */
function cutReduction(step: ReduceStep, pageLength: number): readonly PlainStep[] | undefined {
  const { kind, op, from, to } = step;
  const isReduced = (axis: number) => to.strides[axis] === 0;
  const isPosition = op === "argmax" || op === "argmin";
  const found = bestCut([from, to], pageLength, (_, axis) => !(isPosition && isReduced(axis)));
  const axis = found?.halves[0].axis;
  if (found === undefined || axis === undefined) return undefined;
  if (!isReduced(axis)) return found.halves.map((half) => movedStep(step, (value) => part(value, half)));
  const shape = to.shape.map((length, other) => (isReduced(other) ? 1 : length));
  // Both partial results of one result are neighbours, so that results can be joined page by page.
  const partials = dense({ shape: [...shape, 2], dtype: to.dtype });
  const strides = partials.strides.slice(0, -1).map((stride, other) => (isReduced(other) ? 0 : stride));
  return [
    ...found.halves.map((half, n): ReduceStep => {
      const seen = part(from, half);
      return { ...step, from: seen, to: view(partials, seen.shape, strides, n) };
    }),
    { kind, op, from: partials, to: view(to, partials.shape, [...to.strides, 0]) },
  ];
}

function addition(left: MemoryValue, right: MemoryValue, to: MemoryValue): FusedStep {
  const { shape, dtype } = to;
  const inputs = [0, 1].map((index) => ({ from: "operand" as const, index }));
  const nodes = [{ op: "add", attributes: {}, inputs, dtype }];
  return { kind: "fused", shape, operands: [left, right], nodes, results: [{ node: 0, to }] };
}

/** Other lines, or else half of each, where the second half goes on from the total of the first. */
function cutCumulation(step: CumulateStep, pageLength: number): readonly PlainStep[] | undefined {
  const found = bestCut([step.from, step.to], pageLength, () => true);
  if (found === undefined) return undefined;
  const [first, second] = found.halves;
  const parts = found.halves.map((half) => movedStep(step, (value) => part(value, half)));
  if (first.axis !== step.axis) return parts;
  const last = part(step.to, { axis: step.axis, from: first.to - 1, to: first.to });
  const total = dense(last);
  const sums = part(step.to, second);
  const repeated = view(total, sums.shape, total.strides.with(step.axis, 0));
  return [...parts, { kind: "copy", from: last, to: total }, addition(sums, repeated, sums)];
}

function cutSort(step: SortStep, pageLength: number): readonly PlainStep[] | undefined {
  const { from, to, axis, scratch } = step;
  const found = bestCut([from, to], pageLength, (_, other) => other !== axis);
  return found?.halves.map((half) => {
    const [own, place] = [part(from, half), part(to, half)];
    const elements = sortScratch(own.shape, axis, own.dtype);
    return { ...step, from: own, to: place, scratch: dense({ shape: [elements], dtype: scratch.dtype }) };
  });
}

/** Some rows, or else some of the table. */
function cutRows(step: PartOfRows, pageLength: number): readonly PlainStep[] | undefined {
  const { table, indices, rows, length, stride, first = 0, mode } = step;
  const whole = view(table, [...table.shape, length], [...table.strides, stride]);
  const found = bestCut([whole, indices, rows], pageLength, () => true);
  if (found === undefined) return undefined;
  if (found.value !== whole || found.halves[0].axis < table.shape.length)
    return found.halves.map((half) => movedStep(step, (value) => part(value, half)));
  const parts = found.halves.map(
    ({ from, to }): PartOfRows => ({
      ...step,
      isPart: true,
      first: first + from,
      length: to - from,
      table: view(table, table.shape, table.strides, from * stride),
    }),
  );
  if (mode === "add" || step.isPart === true) return parts;
  const missing = rows.dtype === "float32" ? Number.NaN : 0;
  return [{ kind: "copy", from: { ...rows, kind: "constant", value: missing }, to: rows }, ...parts];
}

function cutProduct(step: MatmulStep, pageLength: number): readonly PlainStep[] | undefined {
  const { left, right, to, transposeLeft, transposeRight } = step;
  const found = bestCut([left, right, to], pageLength, () => true);
  if (found === undefined) return undefined;
  const { value, halves } = found;
  const axis = halves[0].axis - to.shape.length;
  if (axis < -2) return halves.map((half) => movedStep(step, (own) => part(own, half)));
  const along = (of: MemoryValue, half: Range, at: number) => part(of, { ...half, axis: of.shape.length + at });
  const [leftRows, leftInner] = transposeLeft ? [-1, -2] : [-2, -1];
  const [rightInner, rightColumns] = transposeRight ? [-1, -2] : [-2, -1];
  if (axis === (value === left ? leftInner : value === right ? rightInner : 0)) {
    const [first, second] = [dense(to), dense(to)];
    const products = halves.map((half, n) => ({
      ...step,
      left: along(left, half, leftInner),
      right: along(right, half, rightInner),
      to: n === 0 ? first : second,
    }));
    return [...products, addition(first, second, to)];
  }
  const isRows = value === left || (value === to && axis === -2);
  return halves.map((half) =>
    isRows
      ? { ...step, left: along(left, half, leftRows), to: along(to, half, -2) }
      : { ...step, right: along(right, half, rightColumns), to: along(to, half, -1) },
  );
}
