/** Rough times of steps on one thread, in nanoseconds: precise enough to decide which steps are worth dividing. */

import { distinctElements, type Step, valuesOf } from "@tapegrad/compiler";
import { sizeOf } from "@tapegrad/core";
import { isMathFunction } from "../math/kernels.ts";

/** Of a product and a sum, of an element read or written, of an arithmetic op and of a transcendental one. */
const [multiplyAdd, access, arithmetic, transcendental] = [0.035, 0.1, 0.05, 0.6];

export function nanosecondsOf(step: Step): number {
  switch (step.kind) {
    case "loop":
      return step.length * step.body.reduce((sum, inner) => sum + nanosecondsOf(inner), 0);
    case "cond":
      return Math.max(
        ...[step.whenTrue, step.whenFalse].map((list) => list.reduce((sum, inner) => sum + nanosecondsOf(inner), 0)),
      );
    case "matmul": {
      const inner = step.left.shape.at(step.transposeLeft ? -2 : -1) ?? 1;
      return sizeOf(step.to.shape) * inner * multiplyAdd;
    }
    case "fused": {
      const ops = step.nodes.map(({ op }) => (isMathFunction(op) ? transcendental : arithmetic));
      return (
        sizeOf(step.shape) * (ops.reduce((a, b) => a + b, 0) + access * (step.operands.length + step.results.length))
      );
    }
    default: {
      const { reads, writes } = valuesOf(step);
      return [...reads, ...writes].reduce((sum, value) => sum + distinctElements(value) * access, 0);
    }
  }
}
