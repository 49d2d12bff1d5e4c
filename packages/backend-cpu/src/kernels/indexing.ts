/** Reading and adding by index, running sums and sorting. An index out of range reads NaN (0 in integers) and writes nowhere. */
import { bytesPerElement, isFloat, type TensorType, type TypedArray } from "@tapegrad/core";
import type { AttributesOf } from "@tapegrad/ops";
import { allocateFor, type CpuKernel, operandAt, viewAlong } from "./kernel.ts";

function missing({ dtype }: TensorType): number {
  return isFloat(dtype) ? NaN : 0;
}

export const gather: CpuKernel<AttributesOf<"gather">> = (inputs, { axis }, output) => {
  const [x, indices] = [operandAt(inputs, 0), operandAt(inputs, 1)];
  const y = allocateFor(output);
  const rows = x.shape.at(axis)!;
  const { outer, length, inner } = viewAlong(indices.shape, axis);
  for (let o = 0, k = 0; o < outer; o++) {
    for (let i = 0; i < length; i++) {
      for (let n = 0; n < inner; n++, k++) {
        const row = indices.data[k]!;
        y[k] = row >= 0 && row < rows ? x.data[(o * rows + row) * inner + n]! : missing(output);
      }
    }
  }
  return y;
};

/** Where an element may take so many additions, and all elements together take as many, totals are kept in float64. */
const manyAdditions = 64;

function totalsOf(x: TypedArray, length: number, additions: number): TypedArray {
  const isLong = x instanceof Float32Array && additions >= Math.max(manyAdditions, length);
  return isLong ? Float64Array.from(x) : x.slice();
}

/** The totals as what they are of. */
function rounded(totals: TypedArray, output: TensorType): TypedArray {
  if (totals.length === 0 || bytesPerElement(output.dtype) === totals.BYTES_PER_ELEMENT) return totals;
  return Float32Array.from(totals);
}

export const scatterAdd: CpuKernel<AttributesOf<"scatterAdd">> = (inputs, { axis }, output) => {
  const [x, indices, updates] = [operandAt(inputs, 0), operandAt(inputs, 1), operandAt(inputs, 2)];
  const rows = x.shape.at(axis)!;
  const y = totalsOf(x.data, rows, indices.shape.at(axis)!);
  const { outer, length, inner } = viewAlong(indices.shape, axis);
  for (let o = 0, k = 0; o < outer; o++) {
    for (let i = 0; i < length; i++) {
      for (let n = 0; n < inner; n++, k++) {
        const row = indices.data[k]!;
        if (row >= 0 && row < rows) y[(o * rows + row) * inner + n]! += updates.data[k]!;
      }
    }
  }
  return rounded(y, output);
};

/** Elements of a row that is faster copied at once than one by one. */
const longRow = 32;

export const take: CpuKernel<AttributesOf<"take">> = (inputs, { axis }, output) => {
  const [x, indices] = [operandAt(inputs, 0), operandAt(inputs, 1)];
  const y = allocateFor(output);
  const { outer, length: rows, inner } = viewAlong(x.shape, axis);
  for (let o = 0, k = 0; o < outer; o++) {
    for (const row of indices.data) {
      const from = (o * rows + row) * inner;
      if (row < 0 || row >= rows) y.fill(missing(output), k, k + inner);
      else if (inner < longRow) for (let n = 0; n < inner; n++) y[k + n] = x.data[from + n]!;
      else y.set(x.data.subarray(from, from + inner), k);
      k += inner;
    }
  }
  return y;
};

export const indexAdd: CpuKernel<AttributesOf<"indexAdd">> = (inputs, { axis }, output) => {
  const [x, indices, updates] = [operandAt(inputs, 0), operandAt(inputs, 1), operandAt(inputs, 2)];
  const { outer, length: rows, inner } = viewAlong(x.shape, axis);
  const y = totalsOf(x.data, rows, indices.data.length);
  for (let o = 0, k = 0; o < outer; o++) {
    for (const row of indices.data) {
      if (row >= 0 && row < rows)
        for (let n = 0; n < inner; n++) y[(o * rows + row) * inner + n]! += updates.data[k + n]!;
      k += inner;
    }
  }
  return rounded(y, output);
};

export const cumsum: CpuKernel<AttributesOf<"cumsum">> = (inputs, { axis, reverse }, output) => {
  const x = operandAt(inputs, 0);
  const y = allocateFor(output);
  const { outer, length, inner } = viewAlong(x.shape, axis);
  const isInteger = y instanceof Int32Array;
  for (let o = 0; o < outer; o++) {
    for (let n = 0; n < inner; n++) {
      let total = 0;
      for (let i = 0; i < length; i++) {
        const at = (o * length + (reverse ? length - 1 - i : i)) * inner + n;
        // int32 sums wrap; those of doubles would be rounded beyond 2⁵³ first.
        total = isInteger ? (total + x.data[at]!) | 0 : total + x.data[at]!;
        y[at] = total;
      }
    }
  }
  return y;
};

export const argsort: CpuKernel<AttributesOf<"argsort">> = (inputs, { axis, descending }, output) => {
  const x = operandAt(inputs, 0);
  const y = allocateFor(output);
  const { outer, length, inner } = viewAlong(x.shape, axis);
  for (let o = 0; o < outer; o++) {
    for (let n = 0; n < inner; n++) {
      const valueAt = (i: number) => x.data[(o * length + i) * inner + n]!;
      const order = Array.from({ length }, (_, i) => i).sort(
        (a, b) => compare(valueAt(a), valueAt(b)) * (descending ? -1 : 1),
      );
      for (let i = 0; i < length; i++) y[(o * length + i) * inner + n] = order[i]!;
    }
  }
  return y;
};

/** Ascending, NaN largest. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}
