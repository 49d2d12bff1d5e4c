/** Rearranged copies of host arrays, by which the weight layouts of two frameworks differ. */
import { allocate, sizeOf } from "@tapegrad/core";
import type { Entry } from "./entry.ts";

/** A matrix with rows and columns exchanged. */
export function transposed({ dtype, shape: [rows = 1, columns = 1], data }: Entry): Entry {
  const result = allocate(dtype, data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = data[row * columns + column] ?? 0;
  }
  return { dtype, shape: [columns, rows], data: result };
}

/** The equal parts along the first axis in another order: part i of the result is part `order[i]`. */
export function reordered({ dtype, shape, data }: Entry, order: readonly number[]): Entry {
  const result = allocate(dtype, data.length);
  const part = data.length / order.length;
  for (const [to, from] of order.entries()) result.set(data.subarray(from * part, (from + 1) * part), to * part);
  return { dtype, shape, data: result };
}

/** Entry `index` along the first axis. */
export function rowOf({ dtype, shape: [, ...shape], data }: Entry, index: number): Entry {
  const size = sizeOf(shape);
  return { dtype, shape, data: data.slice(index * size, (index + 1) * size) };
}

/** Two of one shape, along a new first axis. */
export function stacked(a: Entry, b: Entry): Entry {
  const data = allocate(a.dtype, 2 * a.data.length);
  data.set(a.data);
  data.set(b.data, a.data.length);
  return { dtype: a.dtype, shape: [2, ...a.shape], data };
}

/** The elementwise sum of two of one shape. */
export function summed(a: Entry, b: Entry): Entry {
  return { ...a, data: a.data.map((value, i) => value + (b.data[i] ?? 0)) };
}

export function zerosLike({ dtype, shape, data }: Entry): Entry {
  return { dtype, shape, data: allocate(dtype, data.length) };
}
