/** Converts between batch-first sequences, which users mostly have, and time-major ones, which loops need. */
import { formatShape, ShapeError, type Tensor } from "@tapegrad/core";
import { transpose } from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";

/** [batch, time, …] ↔ [time, batch, …]. */
export function swapTimeAndBatch(x: Tensor): Tensor {
  return transpose(x, [1, 0, ...x.shape.slice(2).map((_, axis) => axis + 2)]);
}

/** `given` as [time, batch, feature]. @throws ShapeError unless it has these three axes. */
export function toTimeMajor(op: string, given: Tensor, timeMajor: boolean): Tensor {
  const x = tensorOf(op, "input", given);
  if (x.rank !== 3) {
    throw new ShapeError(
      op,
      `the input is not a batch of sequences: ${formatShape(x.shape)} (rank ${x.rank} ≠ 3)`,
      `give it ${timeMajor ? "[time, batch, feature]" : "[batch, time, feature]"}`,
    );
  }
  return timeMajor ? x : swapTimeAndBatch(x);
}
