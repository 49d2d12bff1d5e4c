/** Elementwise functions of two broadcasting operands. Each has its own loop: one shared through a callback would not be inlined. */
import { broadcastStrides, type TypedArray } from "@tapegrad/core";
import { allocateFor, type CpuKernel, operandAt } from "./kernel.ts";
import { loopNest } from "./loop-nest.ts";

/** y[k] = f(a[i], b[j]) for k up to `end`, where i and j advance by di and dj. */
type BinaryLoop = (
  a: TypedArray,
  i: number,
  di: number,
  b: TypedArray,
  j: number,
  dj: number,
  y: TypedArray,
  k: number,
  end: number,
) => void;

function binary(loop: BinaryLoop): CpuKernel {
  return (inputs, _, output) => {
    const [a, b] = [operandAt(inputs, 0), operandAt(inputs, 1)];
    const y = allocateFor(output);
    if (a.data.length === y.length && b.data.length === y.length) {
      loop(a.data, 0, 1, b.data, 0, 1, y, 0, y.length);
      return y;
    }
    let k = 0;
    loopNest(
      output.shape,
      [broadcastStrides(a.shape, output.shape), broadcastStrides(b.shape, output.shape)],
      ([i, j], [di, dj], length) => {
        loop(a.data, i!, di!, b.data, j!, dj!, y, k, k + length);
        k += length;
      },
    );
    return y;
  };
}

/** aᵇ as IEEE 754 has it: 1 for a = 1, whatever b, and for a = −1 and an infinite b, where `**` gives NaN. */
export function power(a: number, b: number): number {
  return a === 1 || (a === -1 && (b === Infinity || b === -Infinity)) ? 1 : a ** b;
}

export const binaryKernels = {
  add: binary((a, i, di, b, j, dj, y, k, end) => {
    for (; k < end; k++, i += di, j += dj) y[k] = a[i]! + b[j]!;
  }),
  div: binary((a, i, di, b, j, dj, y, k, end) => {
    for (; k < end; k++, i += di, j += dj) y[k] = a[i]! / b[j]!;
  }),
  equal: binary((a, i, di, b, j, dj, y, k, end) => {
    for (; k < end; k++, i += di, j += dj) y[k] = a[i] === b[j] ? 1 : 0;
  }),
  greater: binary((a, i, di, b, j, dj, y, k, end) => {
    for (; k < end; k++, i += di, j += dj) y[k] = a[i]! > b[j]! ? 1 : 0;
  }),
  greaterEqual: binary((a, i, di, b, j, dj, y, k, end) => {
    for (; k < end; k++, i += di, j += dj) y[k] = a[i]! >= b[j]! ? 1 : 0;
  }),
  less: binary((a, i, di, b, j, dj, y, k, end) => {
    for (; k < end; k++, i += di, j += dj) y[k] = a[i]! < b[j]! ? 1 : 0;
  }),
  lessEqual: binary((a, i, di, b, j, dj, y, k, end) => {
    for (; k < end; k++, i += di, j += dj) y[k] = a[i]! <= b[j]! ? 1 : 0;
  }),
  logicalAnd: binary((a, i, di, b, j, dj, y, k, end) => {
    for (; k < end; k++, i += di, j += dj) y[k] = a[i]! & b[j]!;
  }),
  logicalOr: binary((a, i, di, b, j, dj, y, k, end) => {
    for (; k < end; k++, i += di, j += dj) y[k] = a[i]! | b[j]!;
  }),
  maximum: binary((a, i, di, b, j, dj, y, k, end) => {
    for (; k < end; k++, i += di, j += dj) y[k] = Math.max(a[i]!, b[j]!);
  }),
  minimum: binary((a, i, di, b, j, dj, y, k, end) => {
    for (; k < end; k++, i += di, j += dj) y[k] = Math.min(a[i]!, b[j]!);
  }),
  // int32 products wrap; doubles would round those beyond 2⁵³ first.
  mul: binary((a, i, di, b, j, dj, y, k, end) => {
    if (y instanceof Int32Array) for (; k < end; k++, i += di, j += dj) y[k] = Math.imul(a[i]!, b[j]!);
    else for (; k < end; k++, i += di, j += dj) y[k] = a[i]! * b[j]!;
  }),
  notEqual: binary((a, i, di, b, j, dj, y, k, end) => {
    for (; k < end; k++, i += di, j += dj) y[k] = a[i] !== b[j] ? 1 : 0;
  }),
  pow: binary((a, i, di, b, j, dj, y, k, end) => {
    for (; k < end; k++, i += di, j += dj) y[k] = power(a[i]!, b[j]!);
  }),
  sub: binary((a, i, di, b, j, dj, y, k, end) => {
    for (; k < end; k++, i += di, j += dj) y[k] = a[i]! - b[j]!;
  }),
};
