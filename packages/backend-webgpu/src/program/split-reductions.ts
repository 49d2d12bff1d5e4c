/** Reductions of very many elements to few results, as two: of parts, which keep the whole device busy, then of what they gave. */
import { dense, type MemoryValue, type ReduceStep, type Step } from "@tapegrad/compiler";
import { sizeOf, stridesOf } from "@tapegrad/core";

/** With so many results, a workgroup for each keeps the device busy. */
const fewResults = 64;
/** So many elements of a result are more than a workgroup should go through alone. */
const manyElements = 2 ** 16;
/** How many parts a line is cut into: the largest number of these bounds that divides it. */
const [fewestParts, mostParts] = [16, 1024];

export function splitReductions(steps: readonly Step[]): readonly Step[] {
  return steps.flatMap((step): readonly Step[] => {
    switch (step.kind) {
      case "reduce":
        return split(step) ?? [step];
      case "loop":
        return [{ ...step, body: splitReductions(step.body) }];
      case "cond":
        return [{ ...step, whenTrue: splitReductions(step.whenTrue), whenFalse: splitReductions(step.whenFalse) }];
      default:
        return [step];
    }
  });
}

/** Undefined where it is not worth it, or not possible: positions of a part would not be those of the whole. */
function split({ kind, op, from, to }: ReduceStep): readonly Step[] | undefined {
  const isReduced = from.shape.map((length, axis) => to.strides[axis] === 0 && length > 1);
  const results = sizeOf(from.shape.filter((_, axis) => !isReduced[axis]));
  const elements = sizeOf(from.shape) / Math.max(1, results);
  if (op === "argmax" || op === "argmin" || results > fewResults || elements < manyElements) return undefined;
  const longest = from.shape.reduce((best, length, axis) => {
    return isReduced[axis] && length > (from.shape[best] ?? 0) ? axis : best;
  }, isReduced.indexOf(true));
  const length = from.shape[longest] ?? 1;
  const parts = divisorOf(length);
  if (parts === undefined) return undefined;
  const cut = (list: readonly number[], first: number, second: number) => list.toSpliced(longest, 1, first, second);
  const stride = from.strides[longest] ?? 0;
  const seen: MemoryValue = {
    ...from,
    shape: cut(from.shape, parts, length / parts),
    strides: cut(from.strides, (stride * length) / parts, stride),
  };
  // One result per part, and for each of them what the axes that stay make.
  const shape = from.shape.map((own, axis) => (axis === longest ? parts : isReduced[axis] ? 1 : own));
  const partial = dense({ shape, dtype: to.dtype });
  const strides = stridesOf(shape).map((own, axis) => (shape[axis] === 1 ? 0 : own));
  return [
    { kind, op, from: seen, to: { ...partial, shape: seen.shape, strides: cut(strides, strides[longest] ?? 0, 0) } },
    { kind, op, from: partial, to: { ...to, shape } },
  ];
}

function divisorOf(length: number): number | undefined {
  for (let parts = Math.min(mostParts, length); parts >= fewestParts; parts--) if (length % parts === 0) return parts;
  return undefined;
}
