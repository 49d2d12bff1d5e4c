/** x + 0 equals x except at −0: −0 + 0 is 0. So a law that drops the addition asks first whether x can be −0. */
import { isFloat, type Tensor, type TensorType } from "@tapegrad/core";
import { add, full, type PrimitiveName } from "@tapegrad/ops";
import { constantOf, type OriginOf } from "./origins.ts";
import type { Origin } from "./primitive-node.ts";

/**
 * Ops whose result is never −0, and is the same for an operand −0 as for 0. Sums begin with 0, and 0 + (−0) is 0. (A sum that is
 * smaller than any float rounds to a zero of either sign.)
 */
export const summing: ReadonlySet<PrimitiveName> = new Set([
  "abs",
  "cumsum",
  "exp",
  "logSumExp",
  "matmul",
  "sigmoid",
  "softplus",
  "square",
  "sum",
]);

/** Ops whose result is not −0 if their first operand is not: they move its elements, or add to them. */
const ofFirst: ReadonlySet<PrimitiveName> = new Set([
  "alias",
  "broadcastTo",
  "flip",
  "indexAdd",
  "reshape",
  "scatterAdd",
  "slice",
  "stopGradient",
  "transpose",
]);

/** Whether no element can be −0, as far as its origin says. */
export function isNeverNegativeZero<Value extends TensorType>(
  x: Value,
  originOf: (x: Value) => Origin<Value> | undefined,
): boolean {
  if (!isFloat(x.dtype)) return true;
  const origin = originOf(x);
  if (origin === undefined) return false;
  const { name } = origin;
  const operands: readonly Value[] = origin.operands;
  const isNever = (operand: Value) => isNeverNegativeZero(operand, originOf);
  const value = constantOf(origin);
  if (summing.has(name) || (value !== undefined && !Object.is(value, -0))) return true;
  if (ofFirst.has(name)) return operands.slice(0, 1).some(isNever);
  if (name === "add") return operands.some(isNever);
  if (name === "concat") return operands.every(isNever);
  // A small negative float64 becomes −0 as a float32.
  return name === "cast" && operands.every(({ dtype }) => !isFloat(dtype));
}

/** x + 0, which is x where that cannot be −0. */
export function plusZero(x: Tensor, originOf: OriginOf): Tensor {
  return isNeverNegativeZero(x, originOf) ? x : add(x, full([], 0, { dtype: x.dtype }));
}
