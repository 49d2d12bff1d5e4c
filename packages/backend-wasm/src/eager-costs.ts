/**
 * Estimated times of the portable kernels, which decide whether generated code is worth its copies. The nanoseconds were
 * measured in Node 24 within programs of many ops, where a kernel's loop sees several dtypes; alone, cheap kernels are faster.
 */
import { bytesPerElement, sizeOf, type TensorType } from "@tapegrad/core";
import type { PrimitiveName } from "@tapegrad/ops";
import { isLaneOp } from "./program/lane-ops.ts";

/** Nanoseconds. */
interface Cost {
  /** Per element of the operands together. */
  readonly operands?: number;
  /** Per element of the result. */
  readonly results?: number;
  /** Per product of a contraction. */
  readonly products?: number;
}

/** Blocks of memory, copied. */
const copied: Cost = { results: 1 };
/** One instruction or two per element. */
const cheap: Cost = { results: 4 };
const bits: Cost = { results: 2 };
const transcendental: Cost = { results: 30 };
/** Every row is a run of its own. */
const comparisons: Cost = { operands: 4, results: 50 };
const positions: Cost = { operands: 60, results: 50 };
const scattered: Cost = { operands: 10 };

/** Elementwise ops that it does not name are cheap; whatever else it does not name stays on the host. */
const costs: Readonly<Partial<Record<PrimitiveName, Cost>>> = {
  alias: {},
  argmax: positions,
  argmin: positions,
  argsort: { results: 300 },
  broadcastTo: copied,
  cast: bits,
  concat: copied,
  cos: transcendental,
  cumsum: { results: 12 },
  erf: { results: 80 },
  exp: transcendental,
  expm1: transcendental,
  flip: cheap,
  full: copied,
  gather: scattered,
  indexAdd: scattered,
  iota: copied,
  log: transcendental,
  log1p: transcendental,
  logicalAnd: bits,
  logicalNot: bits,
  logicalOr: bits,
  logSumExp: { operands: 50, results: 100 },
  matmul: { operands: 3, products: 0.4 },
  max: comparisons,
  min: comparisons,
  pad: copied,
  pow: { results: 60 },
  randomBits: { results: 10 },
  reshape: {},
  scatterAdd: scattered,
  sigmoid: transcendental,
  sin: transcendental,
  slice: copied,
  softplus: { results: 60 },
  stopGradient: {},
  sum: { operands: 1, results: 50 },
  take: cheap,
  tanh: { results: 50 },
  transpose: cheap,
  where: { results: 12 },
};

const byName: ReadonlyMap<string, Cost> = new Map(Object.entries(costs));

/** Copying in and out, and calling generated code, take about as many nanoseconds. */
const worthCopying = 600;

/** Calls that take the host longer are worth code of their own, which has to be made first. */
const worthCompiling = 1_000_000;

/** Nanoseconds to copy a byte into linear memory or out of it. */
const perByte = 0.125;

/** So much linear memory, which is never given back, is as dear again as the copies. */
const much = 2 ** 28;

/** Whether code that is there takes less time than the portable kernel, with its copies. */
export function isWorthCopying(
  op: string,
  operands: readonly TensorType[],
  output: TensorType,
  attributes: object,
): boolean {
  return nanosecondsOf(byName.get(op) ?? (isLaneOp(op) ? cheap : {}), operands, output, attributes) > worthCopying;
}

/** Whether generated code takes half the time of the portable kernel, or less; the more memory it needs, the less. */
export function isWorthCompiling(
  op: string,
  operands: readonly TensorType[],
  output: TensorType,
  attributes: object,
): boolean {
  const nanoseconds = nanosecondsOf(byName.get(op) ?? (isLaneOp(op) ? cheap : {}), operands, output, attributes);
  if (nanoseconds < worthCompiling) return false;
  const bytes = [...operands, output].reduce(
    (sum, { shape, dtype }) => sum + sizeOf(shape) * bytesPerElement(dtype),
    0,
  );
  return nanoseconds > 2 * perByte * bytes * (1 + bytes / much);
}

function nanosecondsOf(
  { operands: perOperand = 0, results = 0, products = 0 }: Cost,
  operands: readonly TensorType[],
  { shape }: TensorType,
  attributes: object,
): number {
  const size = sizeOf(shape);
  const read = perOperand === 0 ? 0 : operands.reduce((sum, operand) => sum + sizeOf(operand.shape), 0);
  const isTransposed = "transposeLeft" in attributes && attributes.transposeLeft === true;
  const contracted = products === 0 ? 0 : (operands[0]?.shape.at(isTransposed ? -2 : -1) ?? 1);
  return perOperand * read + results * size + products * contracted * size;
}
