/**
 * Divides a step into one step per thread, of about equal size and independent of each other. Rows are cut at the same places
 * in every step, so that a thread mostly reads what it has written itself.
 */

import {
  type CopyStep,
  type FusedStep,
  isRun,
  isSamePlace,
  type MatmulStep,
  type MemoryValue,
  movesAlike,
  type PlainStep,
  type ReduceStep,
  type RowsStep,
  type Value,
  valuesOf,
  view,
} from "@tapegrad/compiler";
import { sameShape } from "@tapegrad/core";
import { panelOf } from "../matmul/index.ts";
import { specOf } from "../program/generate-matmul.ts";
import { byteRangeOf, greatestCommonDivisor, overlap, overlapInSameRounds } from "./byte-range.ts";

interface Cut {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
}

/** How many threads divide a step, and how small parts may be. */
export interface PartitionOptions {
  readonly threads: number;
  /** Whether products are fused multiply-adds, of which panels have other widths. */
  readonly fma: boolean;
  /** Of a product: fewer rows than so many would leave row tiles half empty, or make too little use of each panel. */
  readonly fewestRows: number;
  readonly fewestColumns: number;
  /** Where rows themselves are cut: elements of a cache line. */
  readonly line: number;
}

/** As many steps as threads, or undefined for one that cannot be divided. */
export function partitionStep(step: PlainStep, options: PartitionOptions): readonly PlainStep[] | undefined {
  if (!isFreeOfItself(step)) return undefined;
  switch (step.kind) {
    case "fused":
      return partitionFused(step, options);
    case "matmul":
      return partitionMatmul(step, options);
    case "reduce":
      return partitionReduce(step, options);
    case "copy":
      return partitionCopy(step, options);
    case "rows":
      return partitionRows(step, options);
    default:
      return undefined;
  }
}

/**
 * Whether what the step writes is not read, but for elementwise steps and products that are added to what is there: they write
 * an element where they have read it, or, where loops fold, only in the part that its row is in.
 */
function isFreeOfItself(step: PlainStep): boolean {
  const { reads, writes } = valuesOf(step);
  const isFree = (from: MemoryValue, to: MemoryValue) => {
    const [a, b] = [from, to].map((value) => byteRangeOf(value, () => undefined));
    if (a === undefined || b === undefined) return true;
    return !(movesAlike(from.address, to.address) ? overlapInSameRounds(a, b) : overlap(a, b));
  };
  return writes.every((to) =>
    reads.every(
      (from) =>
        from.kind === "constant" ||
        (step.kind === "fused" && isSamePlace(from, to)) ||
        (step.kind === "matmul" && from === to) ||
        isFree(from, to),
    ),
  );
}

function partitionFused(step: FusedStep, options: PartitionOptions): FusedStep[] | undefined {
  const { shape, operands, results } = step;
  if (!results.every(({ to }) => sameShape(to.shape, shape))) return undefined;
  const stays = shape.map((length, axis) =>
    results.some(({ to, fold }) => fold !== undefined && to.strides[axis] === 0) ? 1 : length,
  );
  const parts = cutsOf(stays, options)?.map((cut) => ({
    ...step,
    shape: cutShape(shape, cut),
    operands: operands.map((operand) => cutValue(operand, cut)),
    results: results.map((result) => ({ ...result, to: cutMemory(result.to, cut) })),
  }));
  return parts?.every(isInVectors) ? parts : undefined;
}

/** Whether elements lie side by side, or repeat, along the innermost axis, which in a part can be another one. */
function isInVectors({ operands, results }: FusedStep): boolean {
  return (
    operands.every((operand) => operand.kind === "constant" || isRun(operand)) && results.every(({ to }) => isRun(to))
  );
}

/**
 * By matrices, else by rows; few rows by columns, so that none of the threads passes over all of the right operand. Columns are
 * cut between panels, so that every sum is made as in the whole product.
 */
function partitionMatmul(step: MatmulStep, options: PartitionOptions): MatmulStep[] | undefined {
  const { threads, fewestRows, fewestColumns, line, fma } = options;
  const { left, right, to, transposeLeft, transposeRight } = step;
  if (to.shape.length > 2) {
    const isBatched = [left, right].every(({ shape }) => shape[0] === to.shape[0] && shape.length === to.shape.length);
    const cuts = isBatched ? evenCuts(to.shape, 0, threads, 1) : undefined;
    return cuts?.map((cut) => ({
      ...step,
      left: cutMemory(left, cut),
      right: cutMemory(right, cut),
      to: cutMemory(to, cut),
    }));
  }
  const [rows = 1, columns = 1] = to.shape;
  const panel = panelOf(specOf(step, { fma }));
  if (rows >= fewestRows * threads)
    return evenCuts(to.shape, 0, threads, columns === 1 ? panel : 1)?.map((cut) => ({
      ...step,
      left: cutMemory(left, { ...cut, axis: transposeLeft ? 1 : 0 }),
      to: cutMemory(to, cut),
    }));
  if (columns < fewestColumns * threads) return undefined;
  return evenCuts(to.shape, 1, threads, (panel * line) / greatestCommonDivisor(panel, line))?.map((cut) => ({
    ...step,
    right: cutMemory(right, { ...cut, axis: transposeRight ? 0 : 1 }),
    to: cutMemory(to, cut),
  }));
}

/** Along an axis that stays, the outermost that gives each thread about the same. */
function partitionReduce(step: ReduceStep, options: PartitionOptions): ReduceStep[] | undefined {
  const { from, to } = step;
  const stays = from.shape.map((length, axis) => (to.strides[axis] === 0 ? 1 : length));
  return cutsOf(stays, options)?.map((cut) => ({ ...step, from: cutMemory(from, cut), to: cutMemory(to, cut) }));
}

function partitionCopy(step: CopyStep, options: PartitionOptions): CopyStep[] | undefined {
  const { from, to, clear } = step;
  if (clear !== undefined || !sameShape(from.shape, to.shape)) return undefined;
  return cutsOf(to.shape, options)?.map((cut) => ({ ...step, from: cutValue(from, cut), to: cutMemory(to, cut) }));
}

function partitionRows(step: RowsStep, options: PartitionOptions): RowsStep[] | undefined {
  if (step.mode === "add") return undefined;
  const { table, indices, rows } = step;
  return cutsOf(rows.shape, options)?.map((cut) => ({
    ...step,
    table: cutMemory(table, cut),
    indices: cutMemory(indices, cut),
    rows: cutMemory(rows, cut),
  }));
}

/** Along the outermost axis that gives each thread about the same. */
function cutsOf(shape: readonly number[], { threads, line }: PartitionOptions): Cut[] | undefined {
  const innermost = shape.length - 1;
  const axis = shape.findIndex(
    (length, k) => length >= 4 * threads * (k === innermost ? line : 1) || (k < innermost && length % threads === 0),
  );
  return axis < 0 ? undefined : evenCuts(shape, axis, threads, axis === innermost ? line : 1);
}

/** In whole units but for the last; undefined if there are fewer units than threads. */
function evenCuts(shape: readonly number[], axis: number, threads: number, unit: number): Cut[] | undefined {
  const length = shape[axis] ?? 1;
  const units = Math.ceil(length / unit);
  if (units < threads) return undefined;
  const at = (k: number) => Math.min(length, unit * Math.floor((units * k) / threads));
  return Array.from({ length: threads }, (_, k) => ({ axis, from: at(k), to: at(k + 1) }));
}

function cutShape(shape: readonly number[], { axis, from, to }: Cut): number[] {
  return shape.map((length, k) => (k === axis ? to - from : length));
}

function cutMemory(value: MemoryValue, cut: Cut): MemoryValue {
  return view(value, cutShape(value.shape, cut), value.strides, cut.from * (value.strides[cut.axis] ?? 0));
}

function cutValue(value: Value, cut: Cut): Value {
  return value.kind === "constant" ? { ...value, shape: cutShape(value.shape, cut) } : cutMemory(value, cut);
}
