/** Lowerings to steps of reading, adding, running sums and sorting along an axis. */

import { type DType, isFloat, sizeOf } from "@tapegrad/core";
import type { Lowering, Lowerings } from "./lowering.ts";
import type { FusedNode, FusedStep, RowsStep } from "./step.ts";
import { dense, isSamePlace, type MemoryValue, view } from "./value.ts";

/** The table of a rows step and its indices, as seen in the shape of the rows. */
type Seen = Pick<RowsStep, "table" | "indices" | "length" | "stride">;

/** `take` and `indexAdd`: the axes of the indices stand in the place of the table's axis. */
function seenBySlice(table: MemoryValue, indices: MemoryValue, axis: number): Seen {
  const at = table.shape.length + axis;
  const inPlace = (list: readonly number[], inner: readonly number[]) => list.toSpliced(at, 1, ...inner);
  const none = table.shape.map(() => 0);
  const shape = inPlace(table.shape, indices.shape);
  return {
    table: view(
      table,
      shape,
      inPlace(
        table.strides,
        indices.shape.map(() => 0),
      ),
    ),
    indices: view(indices, shape, inPlace(none, indices.strides)),
    length: table.shape[at] ?? 0,
    stride: table.strides[at] ?? 0,
  };
}

/** `gather` and `scatterAdd`: an index for every element. */
function seenByElement(table: MemoryValue, indices: MemoryValue, axis: number): Seen {
  const at = table.shape.length + axis;
  return {
    table: view(table, indices.shape, table.strides.with(at, 0)),
    indices,
    length: table.shape[at] ?? 0,
    stride: table.strides[at] ?? 0,
  };
}

function reading(seen: typeof seenBySlice): Lowering<"take" | "gather"> {
  return (scheduler, { attributes: { axis }, inputs: [x, at] }, output) => {
    const { shape, dtype } = output;
    // Every index into nothing is out of range.
    if (sizeOf(x.shape) === 0) return { kind: "constant", shape, dtype, value: isFloat(dtype) ? Number.NaN : 0 };
    const [table, indices] = [scheduler.inMemory(x), scheduler.inMemory(at)];
    const rows = scheduler.place(output);
    scheduler.steps.push({
      kind: "rows",
      mode: "take",
      rows,
      ...seen(table, indices, axis),
    });
    return rows;
  };
}

/** In which dtype long sums are kept, where a target can. */
const accumulators: Readonly<Record<DType, DType>> = {
  bool: "bool",
  int32: "int32",
  float16: "float64",
  float32: "float64",
  float64: "float64",
};

/** Where an element may take so many additions, and all elements together take as many, totals are kept in float64. */
const manyAdditions = 64;

function adding(seen: typeof seenBySlice): Lowering<"indexAdd" | "scatterAdd"> {
  return (scheduler, { attributes: { axis }, inputs: [x, at, updates] }, output) => {
    if (output.dtype === "bool") return undefined;
    if (sizeOf(updates.shape) === 0) return scheduler.value(x);
    const [indices, rows] = [scheduler.inMemory(at), scheduler.inMemory(updates)];
    const additions = seen === seenBySlice ? sizeOf(at.shape) : (at.shape.at(axis) ?? 0);
    const isLong = additions >= Math.max(manyAdditions, x.shape.at(axis) ?? 0);
    const accumulator = accumulators[output.dtype];
    if (isLong && output.dtype !== accumulator && scheduler.target.addsToDoubles === true) {
      const totals = dense({ shape: output.shape, dtype: accumulator });
      const from = scheduler.value(x);
      if (from.kind === "constant")
        scheduler.steps.push({ kind: "copy", from: { ...from, dtype: accumulator }, to: totals });
      else scheduler.steps.push(castStep(scheduler.denseValue(x), totals));
      scheduler.steps.push({ kind: "rows", mode: "add", rows, ...seen(totals, indices, axis) });
      const table = scheduler.place(output);
      scheduler.steps.push(castStep(totals, table));
      return table;
    }
    const table = scheduler.place(output);
    if (scheduler.isReadOnce(x)) scheduler.placeEarly(x, table);
    const from = scheduler.value(x);
    if (!isSamePlace(from, table)) scheduler.steps.push({ kind: "copy", from, to: table });
    scheduler.steps.push({ kind: "rows", mode: "add", rows, ...seen(table, indices, axis) });
    return table;
  };
}

function castStep(from: MemoryValue, to: MemoryValue): FusedStep {
  const { shape, dtype } = to;
  const cast: FusedNode = { op: "cast", attributes: { dtype }, inputs: [{ from: "operand", index: 0 }], dtype };
  return { kind: "fused", shape, operands: [from], nodes: [cast], results: [{ node: 0, to }] };
}

/** Backwards along the axis. */
function reversedAlong(x: MemoryValue, axis: number): MemoryValue {
  const stride = x.strides[axis] ?? 0;
  return view(x, x.shape, x.strides.with(axis, -stride), stride * ((x.shape[axis] ?? 1) - 1));
}

export const indexingLowerings = {
  take: reading(seenBySlice),
  gather: reading(seenByElement),
  indexAdd: adding(seenBySlice),
  scatterAdd: adding(seenByElement),
  cumsum: (scheduler, { attributes, inputs: [input] }, output) => {
    if (output.dtype === "bool") return undefined;
    const axis = output.shape.length + attributes.axis;
    const [x, y] = [scheduler.inMemory(input), scheduler.place(output)];
    const [from, to] = attributes.reverse ? [reversedAlong(x, axis), reversedAlong(y, axis)] : [x, y];
    scheduler.steps.push({ kind: "cumulate", from, to, axis });
    return y;
  },
  argsort: (scheduler, { attributes, inputs: [x] }, output) => {
    const axis = output.shape.length + attributes.axis;
    const from = scheduler.inMemory(x);
    const to = scheduler.place(output);
    const scratch = dense({ shape: [scheduler.target.sortScratch(output.shape, axis, from.dtype)], dtype: "int32" });
    scheduler.steps.push({ kind: "sort", from, to, scratch, axis, descending: attributes.descending });
    return to;
  },
} satisfies Lowerings;
