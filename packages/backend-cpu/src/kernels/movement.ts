/** Kernels that place elements: constants, and copies between strided views. */
import { broadcastStrides, stridesOf } from "@tapegrad/core";
import { isPacked } from "@tapegrad/core/internal";
import type { AttributesOf } from "@tapegrad/ops";
import { allocateFor, type CpuKernel, operandAt, saturate, viewAlong } from "./kernel.ts";
import { loopNest } from "./loop-nest.ts";
import { packed, unpacked } from "./packed.ts";

/** Buffers never change, so a result with the same elements in the same order can share its operand's. */
export const same: CpuKernel = (inputs) => operandAt(inputs, 0).data;

export const full: CpuKernel<AttributesOf<"full">> = (_, { value }, output) => allocateFor(output).fill(value);

export const iota: CpuKernel<AttributesOf<"iota">> = (_, { start, step }, output) => {
  const y = allocateFor(output);
  for (let i = 0; i < y.length; i++) y[i] = start + i * step;
  return y;
};

export const broadcastTo: CpuKernel<AttributesOf<"broadcastTo">> = (inputs, _, output) => {
  const x = operandAt(inputs, 0);
  return copyStrided(x.data, broadcastStrides(x.shape, output.shape), 0, output);
};

export const transpose: CpuKernel<AttributesOf<"transpose">> = (inputs, { axes }, output) => {
  const x = operandAt(inputs, 0);
  const strides = stridesOf(x.shape);
  return copyStrided(
    x.data,
    axes.map((axis) => strides[axis]!),
    0,
    output,
  );
};

export const slice: CpuKernel<AttributesOf<"slice">> = (inputs, { starts, steps }, output) => {
  const x = operandAt(inputs, 0);
  const strides = stridesOf(x.shape);
  const start = starts.reduce((at, position, axis) => at + position * strides[axis]!, 0);
  return copyStrided(
    x.data,
    strides.map((stride, axis) => stride * steps[axis]!),
    start,
    output,
  );
};

export const flip: CpuKernel<AttributesOf<"flip">> = (inputs, { axes }, output) => {
  const x = operandAt(inputs, 0);
  const flipped = x.shape.map((_, axis) => axes.includes(axis - x.shape.length));
  const strides = stridesOf(x.shape);
  const start = strides.reduce((at, stride, axis) => at + (flipped[axis] ? (x.shape[axis]! - 1) * stride : 0), 0);
  return copyStrided(
    x.data,
    strides.map((stride, axis) => (flipped[axis] ? -stride : stride)),
    start,
    output,
  );
};

function copyStrided(
  x: Parameters<typeof copyRun>[0],
  strides: readonly number[],
  start: number,
  output: Parameters<typeof allocateFor>[0],
) {
  const y = allocateFor(output);
  let k = 0;
  loopNest(output.shape, [strides], ([offset], [stride], length) => {
    copyRun(x, start + offset!, stride!, y, k, 1, length);
    k += length;
  });
  return y;
}

function copyRun(
  x: ReturnType<typeof allocateFor>,
  i: number,
  di: number,
  y: ReturnType<typeof allocateFor>,
  k: number,
  dk: number,
  length: number,
): void {
  if (di === 1 && dk === 1 && length > 32) y.set(x.subarray(i, i + length), k);
  else for (let n = 0; n < length; n++, i += di, k += dk) y[k] = x[i]!;
}

export const pad: CpuKernel<AttributesOf<"pad">> = (inputs, { low, interior }, output) => {
  const x = operandAt(inputs, 0);
  const y = allocateFor(output);
  const strides = stridesOf(output.shape);
  const start = low.reduce((at, zeros, axis) => at + zeros * strides[axis]!, 0);
  const spread = strides.map((stride, axis) => stride * (interior[axis]! + 1));
  loopNest(x.shape, [stridesOf(x.shape), spread], ([i, k], [di, dk], length) =>
    copyRun(x.data, i!, di!, y, start + k!, dk!, length),
  );
  return y;
};

export const concat: CpuKernel<AttributesOf<"concat">> = (inputs, { axis }, output) => {
  const y = allocateFor(output);
  const { outer, length, inner } = viewAlong(output.shape, axis);
  let at = 0;
  for (const x of inputs) {
    const block = x.shape.at(axis)! * inner;
    for (let o = 0; o < outer; o++) copyRun(x.data, o * block, 1, y, o * length * inner + at, 1, block);
    at += block;
  }
  return y;
};

export const where: CpuKernel = (inputs, _, output) => {
  const [test, a, b] = [operandAt(inputs, 0), operandAt(inputs, 1), operandAt(inputs, 2)];
  const y = allocateFor(output);
  const strides = [test, a, b].map(({ shape }) => broadcastStrides(shape, output.shape));
  let k = 0;
  loopNest(output.shape, strides, ([t, i, j], [dt, di, dj], length) => {
    for (let n = 0; n < length; n++, k++)
      y[k] = test.data[t! + n * dt!] !== 0 ? a.data[i! + n * di!]! : b.data[j! + n * dj!]!;
  });
  return y;
};

export const cast: CpuKernel<AttributesOf<"cast">> = (inputs, { dtype }, output) => {
  const x = operandAt(inputs, 0);
  const data = unpacked(x.data, x.dtype);
  if (isPacked(dtype)) return packed(data, dtype);
  const y = allocateFor(output);
  if (dtype === "bool") for (let i = 0; i < y.length; i++) y[i] = data[i] !== 0 ? 1 : 0;
  else if (dtype === "int32") for (let i = 0; i < y.length; i++) y[i] = saturate(data[i]!);
  else y.set(data);
  return y;
};
