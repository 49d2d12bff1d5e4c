/**
 * Reads rows or single elements of a table by index, or adds to them. An index out of range reads NaN (0 in integers) and adds
 * nowhere.
 */

import { mergedAxes, type RowsStep } from "@tapegrad/compiler";
import { bytesPerElement, type ComputedDType, type DType, isFloat } from "@tapegrad/core";
import { computing } from "@tapegrad/core/internal";
import {
  type Expression,
  type FunctionBuilder,
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  i32x4,
  type Local,
  type ModuleBuilder,
  v128,
} from "../assembler/index.ts";
import { elements } from "./elements.ts";
import { copyBlock, inRounds } from "./generate-block.ts";
import { layoutText, nest, parameter, type StepFunction } from "./loop-nest.ts";

/** The function's parameters: table, indices, rows. */
export function rowsFunction(step: RowsStep): StepFunction {
  const { mode, table, length, stride, indices, rows } = step;
  const layouts = [table, indices, rows].map(layoutText);
  return {
    text: `${mode} ${layouts.join(", ")} of ${length} by ${stride}`,
    values: [table, indices, rows],
    emit: (module: ModuleBuilder) =>
      module.function(mode, ["i32", "i32", "i32"], "none", (f, parameters) => {
        emitRows(f, step, [parameter(parameters, 0), parameter(parameters, 1), parameter(parameters, 2)]);
      }),
  };
}

type Pointers = readonly [table: Local<"i32">, indices: Local<"i32">, rows: Local<"i32">];

function emitRows(f: FunctionBuilder, step: RowsStep, [table, indices, rows]: Pointers): void {
  const values = [step.table, step.indices, step.rows];
  const { lengths, strides } = mergedAxes(
    step.rows.shape,
    values.map((value) => value.strides),
  );
  const [inTable = [], inIndices = [], inRows = []] = values.map(({ dtype }, i) =>
    (strides[i] ?? []).map((stride) => stride * bytesPerElement(dtype)),
  );
  // The axes after the last one that indices differ along are rows.
  const split = 1 + inIndices.findLastIndex((bytes) => bytes !== 0);
  const outer = [
    { pointer: table, strides: inTable.slice(0, split) },
    { pointer: indices, strides: inIndices.slice(0, split) },
    { pointer: rows, strides: inRows.slice(0, split) },
  ];
  const row: Row = {
    dtype: step.rows.dtype,
    table: step.table.dtype,
    lengths: lengths.slice(split),
    inTable: inTable.slice(split),
    inRows: inRows.slice(split),
  };
  const rowBytes = step.stride * bytesPerElement(step.table.dtype);
  nest(f, lengths.slice(0, split), outer, () =>
    f.scope(() => {
      const index = f.let(i32.load(indices));
      const isInside = i32.ltU(index, step.length);
      const place = (): Local<"i32"> => f.let(i32.add(table, i32.mul(index, rowBytes)));
      if (step.mode === "add") f.if(isInside, () => addRow(f, row, place(), rows));
      else
        f.if(
          isInside,
          () => copyRow(f, row, rows, place()),
          () => fillRow(f, row, rows),
        );
    }),
  );
}

/** How a row lies in the table and among the rows; without axes it is an element. */
interface Row {
  readonly dtype: DType;
  /** Float64 where totals of float32 are kept so. */
  readonly table: DType;
  readonly lengths: readonly number[];
  /** In bytes. */
  readonly inTable: readonly number[];
  readonly inRows: readonly number[];
}

/** How many elements follow each other in both places; 0 if they do not. */
function contiguous({ dtype, table, lengths, inTable, inRows }: Row): number {
  const [length = 1] = lengths;
  const isDense = inTable[0] === bytesPerElement(table) && inRows[0] === bytesPerElement(dtype);
  return lengths.length <= 1 && (length === 1 || isDense) ? length : 0;
}

function copyRow(f: FunctionBuilder, row: Row, to: Local<"i32">, from: Local<"i32">): void {
  const bytes = bytesPerElement(row.dtype);
  const length = contiguous(row);
  const walkers = [
    { pointer: to, strides: row.inRows },
    { pointer: from, strides: row.inTable },
  ];
  if (length > 0) copyBlock(f, to, from, length * bytes);
  else nest(f, row.lengths, walkers, () => copyBlock(f, to, from, bytes));
}

function fillRow(f: FunctionBuilder, row: Row, to: Local<"i32">): void {
  nest(f, row.lengths, [{ pointer: to, strides: row.inRows }], () => {
    f.do(elements[row.dtype].store(to, isFloat(row.dtype) ? Number.NaN : 0));
  });
}

interface Addition {
  /** Adds the element `offset` bytes behind `from` to that behind `to`. */
  readonly one: (to: Local<"i32">, from: Local<"i32">, offset: number) => Expression<"none">;
  /** Adds the vector `offset` bytes behind `from` to what lies behind `to`. */
  readonly vector: (f: FunctionBuilder, to: Expression<"i32">, from: Expression<"i32">, offset: number) => void;
  /** Bytes of the table to a byte of the rows. */
  readonly scale: 1 | 2;
}

function addingVectors(add: typeof i32x4.add): Pick<Addition, "vector" | "scale"> {
  return {
    vector: (f, to, from, offset) => f.do(v128.store(to, add(v128.load(to, offset), v128.load(from, offset)), offset)),
    scale: 1,
  };
}

/** float32 added to float64. */
const toDoubles: Addition = {
  one: (to, from, offset) => {
    const x = f64.promoteF32(f32.load(from, offset));
    return f64.store(to, f64.add(f64.load(to, 2 * offset), x), 2 * offset);
  },
  vector: (f, to, from, offset) =>
    f.scope(() => {
      const x = f.let(v128.load(from, offset));
      const addTo = (at: number, two: Expression<"v128">) =>
        f.do(v128.store(to, f64x2.add(v128.load(to, at), f64x2.promoteLowF32x4(two)), at));
      addTo(2 * offset, x);
      addTo(2 * offset + 16, f64x2.shuffle(x, x, [1, 1]));
    }),
  scale: 2,
};

const additions: Readonly<Record<Exclude<ComputedDType, "bool">, Addition>> = {
  int32: {
    one: (to, from, offset) => i32.store(to, i32.add(i32.load(to, offset), i32.load(from, offset)), offset),
    ...addingVectors(i32x4.add),
  },
  float32: {
    one: (to, from, offset) => f32.store(to, f32.add(f32.load(to, offset), f32.load(from, offset)), offset),
    ...addingVectors(f32x4.add),
  },
  float64: {
    one: (to, from, offset) => f64.store(to, f64.add(f64.load(to, offset), f64.load(from, offset)), offset),
    ...addingVectors(f64x2.add),
  },
};

function addRow(f: FunctionBuilder, row: Row, to: Local<"i32">, from: Local<"i32">): void {
  const dtype = computing(row.dtype);
  if (dtype === "bool") throw new Error("internal: bools are not added");
  const { one, vector, scale } = row.table === dtype ? additions[dtype] : toDoubles;
  const bytes = bytesPerElement(row.dtype);
  const length = contiguous(row);
  if (length <= 1) {
    const walkers = [
      { pointer: to, strides: row.inTable },
      { pointer: from, strides: row.inRows },
    ];
    nest(f, row.lengths, walkers, () => f.do(one(to, from, 0)));
    return;
  }
  const addVector = (target: Expression<"i32">, source: Expression<"i32">, offset: number) =>
    vector(f, target, source, offset);
  const end = bytes * length;
  let at = inRounds(f, to, from, end, addVector, scale);
  for (; at + 16 <= end; at += 16) addVector(to, from, at);
  for (; at < end; at += bytes) f.do(one(to, from, at));
}
