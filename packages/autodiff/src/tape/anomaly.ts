/** Finding the op that first makes a NaN or an infinity. */
import { AnomalyError, formatShape, isFloat, type Tensor } from "@tapegrad/core";
import {
  type Application,
  currentOrigin,
  functionOf,
  refusePromise,
  trackOrigins,
  withFrame,
} from "@tapegrad/core/internal";

/**
 * Runs `fn` and checks every result that is computed on the way, forward and backward, inside loops too. Slow: for diagnosis.
 * @throws AnomalyError naming the op and the caller's line, when an op makes a NaN or infinity from finite operands. In a
 * derivative the line is that of the op which is differentiated.
 * @pytorch torch.autograd.detect_anomaly
 * @example
 * import { detectAnomaly, tensor } from "tapegrad";
 * try {
 *   detectAnomaly(() => tensor([1, 0]).log().mul(0));
 * } catch (error) {
 *   console.log(String(error)); // → AnomalyError: log: made -Infinity: from [2]; called at …
 * }
 */
export function detectAnomaly<T>(fn: () => T): T {
  const run = functionOf("detectAnomaly", "function to run", fn, "detectAnomaly(() => f(x))");
  return trackOrigins(() =>
    withFrame({ kind: "observer", observe: check }, () => refusePromise("detectAnomaly", run())),
  );
}

/** A constant is what its caller wrote: an op without operands has nothing to make an anomaly from. */
function check({ op, inputs, outputs }: Application): void {
  if (inputs.length === 0) return;
  for (const output of outputs) {
    const value = firstNonFinite(output);
    if (value === undefined || inputs.some((input) => firstNonFinite(input) !== undefined)) continue;
    const operands = inputs.map(({ shape }) => formatShape(shape)).join(", ");
    throw new AnomalyError(op.name, `made ${value}: from ${operands}`, `called at ${currentOrigin()}`);
  }
}

function firstNonFinite(tensor: Tensor): number | undefined {
  if (tensor.isSymbolic || !isFloat(tensor.dtype)) return undefined;
  return tensor.dataSync().find((value: number) => !Number.isFinite(value));
}
