/** Costs of the steps of a Program, counted from shapes alone. */
import { bytesPerElement, sizeOf } from "@tapegrad/core";
import type { Fold } from "./folds.ts";
import { type FusedStep, type PlainStep, type Step, valuesOf } from "./step.ts";
import { distinctElements } from "./value.ts";

/** What a schedule takes: kernels, and what moves through memory. */
export interface Cost {
  readonly kernels: number;
  readonly operations: number;
  readonly bytes: number;
  /** One line per fused loop. */
  readonly fused: readonly string[];
}

/** Of `steps`, each run `times`; of branches the longer one. */
export function costOf(steps: readonly Step[], times = 1): Cost {
  return steps
    .map((step) => costOfStep(step, times))
    .reduce(together, { kernels: 0, operations: 0, bytes: 0, fused: [] });
}

function together(a: Cost, b: Cost): Cost {
  return {
    kernels: a.kernels + b.kernels,
    operations: a.operations + b.operations,
    bytes: a.bytes + b.bytes,
    fused: [...a.fused, ...b.fused],
  };
}

function costOfStep(step: Step, times: number): Cost {
  if (step.kind === "loop") return costOf(step.body, times * step.length);
  if (step.kind === "cond") {
    const [whenTrue, whenFalse] = [costOf(step.whenTrue, times), costOf(step.whenFalse, times)];
    return whenTrue.operations >= whenFalse.operations ? whenTrue : whenFalse;
  }
  const { reads, writes } = valuesOf(step);
  const bytes = [...reads, ...writes].reduce(
    (sum, value) => sum + distinctElements(value) * bytesPerElement(value.dtype),
    0,
  );
  return {
    kernels: times,
    operations: times * operationsOf(step),
    bytes: times * bytes,
    fused: loopsOf(step).map((loop) => describe(loop, times)),
  };
}

function operationsOf(step: PlainStep): number {
  const ofLoops = loopsOf(step).reduce(
    (sum, loop) => sum + sizeOf(loop.shape) * (loop.nodes.length + foldsOf(loop).length),
    0,
  );
  if (step.kind === "matmul")
    return ofLoops + 2 * sizeOf(step.to.shape) * (step.left.shape.at(step.transposeLeft ? -2 : -1) ?? 1);
  return step.kind === "reduce" ? sizeOf(step.from.shape) : ofLoops;
}

/** The fused loop that a step is, or that is a product's epilogue. */
function loopsOf(step: PlainStep): readonly FusedStep[] {
  if (step.kind === "matmul") return step.epilogue === undefined ? [] : [step.epilogue.step];
  return step.kind === "fused" ? [step] : [];
}

function describe(step: FusedStep, times: number): string {
  const ops = [...step.nodes.map(({ op }) => op), ...foldsOf(step)];
  return `${ops.length} ops over [${step.shape}], ${times} ×: ${ops.join(" ")}`;
}

function foldsOf({ results }: FusedStep): Fold[] {
  return results.flatMap(({ fold }) => fold ?? []);
}
