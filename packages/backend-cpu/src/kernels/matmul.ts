/**
 * Matrix product by 4 × 4 register tiles over packed panels. Packing turns either operand's rows or columns into one
 * contiguous double-precision stream, so transposed operands cost the same, float32 is converted once per element instead
 * of once per product, and sums are exact to double precision.
 */
import { broadcastStrides, type TypedArray } from "@tapegrad/core";
import type { AttributesOf } from "@tapegrad/ops";
import { allocateFor, type CpuKernel, operandAt } from "./kernel.ts";
import { loopNest } from "./loop-nest.ts";

const tile = 4;
/** Rows of packed left operand that stay in the second-level cache while the right operand streams by. */
const rowBlock = 64;

/** A matrix inside a larger array: element (i, j) at offset + i·rowStride + j·columnStride. */
interface MatrixView {
  readonly data: TypedArray;
  readonly offset: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

export const matmul: CpuKernel<AttributesOf<"matmul">> = (inputs, { transposeLeft, transposeRight }, output) => {
  const [a, b] = [operandAt(inputs, 0), operandAt(inputs, 1)];
  const c = allocateFor(output);
  const [rows, columns] = [output.shape.at(-2)!, output.shape.at(-1)!];
  const inner = a.shape.at(transposeLeft ? -2 : -1)!;
  const batch = output.shape.slice(0, -2);
  const view = (data: TypedArray, offset: number, width: number, transposed: boolean): MatrixView =>
    transposed
      ? { data, offset, rowStride: 1, columnStride: width }
      : { data, offset, rowStride: width, columnStride: 1 };
  const scale = (shape: readonly number[], size: number) =>
    broadcastStrides(shape.slice(0, -2), batch).map((stride) => stride * size);
  const strides = [scale(a.shape, rows * inner), scale(b.shape, inner * columns), scale(output.shape, rows * columns)];
  loopNest(batch, strides, ([i, j, k], [di, dj, dk], length) => {
    for (let n = 0; n < length; n++) {
      const left = view(a.data, i! + n * di!, a.shape.at(-1)!, transposeLeft);
      const right = view(b.data, j! + n * dj!, b.shape.at(-1)!, transposeRight);
      multiply(left, right, c, k! + n * dk!, rows, columns, inner);
    }
  });
  return c;
};

function multiply(
  left: MatrixView,
  right: MatrixView,
  c: TypedArray,
  offset: number,
  rows: number,
  columns: number,
  inner: number,
): void {
  // With fewer rows than a tile, packing the right operand would cost as much as the product.
  if (rows < tile) multiplyFewRows(left, right, c, offset, rows, columns, inner);
  else multiplyPacked(left, right, c, offset, rows, columns, inner);
}

/** Scratch space for packed panels, grown when needed and kept: a kernel runs to its end before another starts. */
let packedLeft = new Float64Array(0);
let packedRight = new Float64Array(0);

function multiplyPacked(
  left: MatrixView,
  right: MatrixView,
  c: TypedArray,
  offset: number,
  rows: number,
  columns: number,
  inner: number,
): void {
  const panels = Math.ceil(columns / tile);
  if (packedRight.length < panels * tile * inner) packedRight = new Float64Array(panels * tile * inner);
  if (packedLeft.length < rowBlock * inner) packedLeft = new Float64Array(rowBlock * inner);
  pack(right.data, right.offset, right.columnStride, right.rowStride, columns, inner, packedRight);
  for (let start = 0; start < rows; start += rowBlock) {
    const height = Math.min(rowBlock, rows - start);
    pack(left.data, left.offset + start * left.rowStride, left.rowStride, left.columnStride, height, inner, packedLeft);
    for (let j = 0; j < columns; j += tile) {
      for (let i = 0; i < height; i += tile) {
        const at = offset + (start + i) * columns + j;
        if (i + tile <= height && j + tile <= columns)
          multiplyTile(packedLeft, i * inner, packedRight, j * inner, inner, c, at, columns);
        else {
          multiplyTile(packedLeft, i * inner, packedRight, j * inner, inner, edge, 0, tile);
          copyEdge(c, at, columns, Math.min(tile, height - i), Math.min(tile, columns - j));
        }
      }
    }
  }
}

const edge = new Float64Array(tile * tile);

function copyEdge(c: TypedArray, at: number, stride: number, rows: number, columns: number): void {
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) c[at + i * stride + j] = edge[i * tile + j]!;
}

/** Panels of `tile` lines, interleaved along the inner axis; the last is padded with zeros. */
function pack(
  data: TypedArray,
  offset: number,
  lineStride: number,
  innerStride: number,
  lines: number,
  inner: number,
  into: Float64Array,
): void {
  let p = 0;
  for (let line = 0; line < lines; line += tile) {
    const from = offset + line * lineStride;
    if (line + tile <= lines) {
      for (let k = 0, at = from; k < inner; k++, at += innerStride, p += 4) {
        into[p] = data[at]!;
        into[p + 1] = data[at + lineStride]!;
        into[p + 2] = data[at + 2 * lineStride]!;
        into[p + 3] = data[at + 3 * lineStride]!;
      }
    } else {
      for (let k = 0; k < inner; k++) {
        for (let r = 0; r < tile; r++, p++)
          into[p] = line + r < lines ? data[from + r * lineStride + k * innerStride]! : 0;
      }
    }
  }
}

/** C[4 × 4] = A panel · B panel, all sixteen sums in registers. */
function multiplyTile(
  a: Float64Array,
  p: number,
  b: Float64Array,
  q: number,
  inner: number,
  c: TypedArray,
  at: number,
  stride: number,
): void {
  let c00 = 0,
    c01 = 0,
    c02 = 0,
    c03 = 0;
  let c10 = 0,
    c11 = 0,
    c12 = 0,
    c13 = 0;
  let c20 = 0,
    c21 = 0,
    c22 = 0,
    c23 = 0;
  let c30 = 0,
    c31 = 0,
    c32 = 0,
    c33 = 0;
  for (const end = p + 4 * inner; p < end; p += 4, q += 4) {
    const b0 = b[q]!,
      b1 = b[q + 1]!,
      b2 = b[q + 2]!,
      b3 = b[q + 3]!;
    const a0 = a[p]!;
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    const a1 = a[p + 1]!;
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    const a2 = a[p + 2]!;
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    const a3 = a[p + 3]!;
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
  }
  c[at] = c00;
  c[at + 1] = c01;
  c[at + 2] = c02;
  c[at + 3] = c03;
  at += stride;
  c[at] = c10;
  c[at + 1] = c11;
  c[at + 2] = c12;
  c[at + 3] = c13;
  at += stride;
  c[at] = c20;
  c[at + 1] = c21;
  c[at + 2] = c22;
  c[at + 3] = c23;
  at += stride;
  c[at] = c30;
  c[at + 1] = c31;
  c[at + 2] = c32;
  c[at + 3] = c33;
}

/** Column by column as four dot products at a time, reading the right operand where it lies. */
function multiplyFewRows(
  left: MatrixView,
  right: MatrixView,
  c: TypedArray,
  offset: number,
  rows: number,
  columns: number,
  inner: number,
): void {
  const { data: a, columnStride: da } = left;
  const { data: b, rowStride: db, columnStride: step } = right;
  for (let i = 0; i < rows; i++) {
    const row = left.offset + i * left.rowStride;
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      let c0 = 0,
        c1 = 0,
        c2 = 0,
        c3 = 0;
      for (let k = 0, p = row, q = right.offset + j * step; k < inner; k++, p += da, q += db) {
        const x = a[p]!;
        c0 += x * b[q]!;
        c1 += x * b[q + step]!;
        c2 += x * b[q + 2 * step]!;
        c3 += x * b[q + 3 * step]!;
      }
      const at = offset + i * columns + j;
      c[at] = c0;
      c[at + 1] = c1;
      c[at + 2] = c2;
      c[at + 3] = c3;
    }
    for (; j < columns; j++) {
      let total = 0;
      for (let k = 0, p = row, q = right.offset + j * step; k < inner; k++, p += da, q += db) total += a[p]! * b[q]!;
      c[offset + i * columns + j] = total;
    }
  }
}
