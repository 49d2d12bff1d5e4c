/** Reductions. Partial results are kept in double precision and rounded once. */
import { broadcastStrides, type Shape, type TypedArray } from "@tapegrad/core";
import type { AttributesOf } from "@tapegrad/ops";
import { allocateFor, type CpuKernel, operandAt, saturate, viewAlong } from "./kernel.ts";
import { loopNest } from "./loop-nest.ts";

/** total[k] = f(total[k], x[i]) over a run: i advances by 1, k by dk, which is 0 along a reduced axis. */
type ReduceLoop = (x: TypedArray, i: number, total: Float64Array, k: number, dk: number, length: number) => void;

function accumulate(x: TypedArray, shape: Shape, reduced: Shape, total: Float64Array, loop: ReduceLoop): Float64Array {
  loopNest(shape, [broadcastStrides(shape, shape), broadcastStrides(reduced, shape)], ([i, k], [, dk], length) =>
    loop(x, i!, total, k!, dk!, length),
  );
  return total;
}

function reduction(identity: number, loop: ReduceLoop): CpuKernel<AttributesOf<"sum">> {
  return (inputs, _, output) => {
    const x = operandAt(inputs, 0);
    const y = allocateFor(output);
    const total = accumulate(x.data, x.shape, output.shape, new Float64Array(y.length).fill(identity), loop);
    // The −∞ or ∞ of an empty reduction saturates, as in casts.
    y.set(y instanceof Int32Array && !Number.isFinite(identity) ? total.map(saturate) : total);
    return y;
  };
}

const maxLoop: ReduceLoop = (x, i, total, k, dk, length) => {
  for (const end = i + length; i < end; i++, k += dk) total[k] = Math.max(total[k]!, x[i]!);
};

const sumLoop: ReduceLoop = (x, i, total, k, dk, length) => {
  if (dk === 0) {
    let partial = 0;
    for (const end = i + length; i < end; i++) partial += x[i]!;
    total[k]! += partial;
  } else for (const end = i + length; i < end; i++, k += dk) total[k]! += x[i]!;
};

/** int32 sums wrap; those of doubles would be rounded beyond 2⁵³ first. */
const integerSumLoop: ReduceLoop = (x, i, total, k, dk, length) => {
  for (const end = i + length; i < end; i++, k += dk) total[k] = (total[k]! + x[i]!) | 0;
};

/** Σ e^(x − m), with m in `total`'s second half: one array, so that the loop has one signature. */
const shiftedExpLoop: ReduceLoop = (x, i, total, k, dk, length) => {
  const shift = total.length / 2;
  for (const end = i + length; i < end; i++, k += dk) total[k]! += Math.exp(x[i]! - total[shift + k]!);
};

const logSumExp: CpuKernel<AttributesOf<"logSumExp">> = (inputs, _, output) => {
  const x = operandAt(inputs, 0);
  const y = allocateFor(output);
  const largest = accumulate(x.data, x.shape, output.shape, new Float64Array(y.length).fill(-Infinity), maxLoop);
  const total = new Float64Array(2 * y.length);
  // An infinite shift would make ∞ − ∞; without one, e^±∞ is right as it is.
  for (let k = 0; k < y.length; k++) total[y.length + k] = Number.isFinite(largest[k]) ? largest[k]! : 0;
  accumulate(x.data, x.shape, output.shape, total, shiftedExpLoop);
  for (let k = 0; k < y.length; k++) y[k] = Math.log(total[k]!) + total[y.length + k]!;
  return y;
};

/** The first position whose value nothing before it equals or exceeds; NaN exceeds everything. */
function argReduction(better: (candidate: number, best: number) => boolean): CpuKernel<AttributesOf<"argmax">> {
  return (inputs, { axis }, output) => {
    const x = operandAt(inputs, 0);
    const y = allocateFor(output);
    const { outer, length, inner } = viewAlong(x.shape, axis);
    for (let o = 0; o < outer; o++) {
      for (let n = 0; n < inner; n++) {
        const start = o * length * inner + n;
        let best = 0;
        for (let i = 1; i < length; i++) {
          const [candidate, holder] = [x.data[start + i * inner]!, x.data[start + best * inner]!];
          if (!Number.isNaN(holder) && (Number.isNaN(candidate) || better(candidate, holder))) best = i;
        }
        y[o * inner + n] = best;
      }
    }
    return y;
  };
}

const [floatSum, integerSum] = [reduction(0, sumLoop), reduction(0, integerSumLoop)];

const sum: CpuKernel<AttributesOf<"sum">> = (inputs, attributes, output) =>
  (output.dtype === "int32" ? integerSum : floatSum)(inputs, attributes, output);

export const reduceKernels = {
  argmax: argReduction((candidate, best) => candidate > best),
  argmin: argReduction((candidate, best) => candidate < best),
  logSumExp,
  max: reduction(-Infinity, maxLoop),
  min: reduction(Infinity, (x, i, total, k, dk, length) => {
    for (const end = i + length; i < end; i++, k += dk) total[k] = Math.min(total[k]!, x[i]!);
  }),
  sum,
};
