/** A copy of a value that a fused loop has just computed becomes another store of that loop. */
import { sameShape } from "@tapegrad/core";
import {
  type CopyStep,
  type FusedResult,
  type FusedStep,
  isPlain,
  mapBodies,
  memoryOf,
  type PlainStep,
  type Step,
  valuesOf,
} from "./step.ts";
import type { Target } from "./target.ts";
import { areApart, isRun, isSamePlace, type MemoryValue } from "./value.ts";

export function absorbCopies(steps: readonly Step[], target: Pick<Target, "needsRuns">): readonly Step[] {
  const kept: Step[] = [];
  for (const step of steps) {
    if (!isPlain(step)) kept.push(mapBodies(step, (body) => absorbCopies(body, target)));
    else if (step.kind !== "copy" || !absorb(kept, step, target)) kept.push(step);
  }
  return kept;
}

/** Whether a step before stores the copy's target from now on. */
function absorb(before: Step[], copy: CopyStep, target: Pick<Target, "needsRuns">): boolean {
  const { from, to, clear } = copy;
  if (from.kind === "constant" || clear !== undefined) return false;
  if (target.needsRuns && !isRun(to)) return false;
  for (const [i, step] of [...before.entries()].reverse()) {
    // A step in between that uses the target would see its earlier value.
    if (!isPlain(step) || meets(step, to)) return false;
    const result = step.kind === "fused" ? step.results.find((each) => isCopied(each, copy)) : undefined;
    if (step.kind === "fused" && result !== undefined) {
      const stored: FusedStep = { ...step, results: [...step.results, { node: result.node, to }] };
      before[i] = stored;
      return true;
    }
    if (valuesOf(step).writes.some(({ address }) => address.storage === from.address.storage)) return false;
  }
  return false;
}

function isCopied({ to: result, fold }: FusedResult, { from, to }: CopyStep): boolean {
  return (
    fold === undefined &&
    isSamePlace(from, result) &&
    sameShape(result.shape, from.shape) &&
    sameShape(to.shape, from.shape)
  );
}

function meets(step: PlainStep, target: MemoryValue): boolean {
  return memoryOf(step).some((value) => value.address.storage === target.address.storage && !areApart(value, target));
}
