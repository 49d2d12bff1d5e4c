/** The ops that have kernels: every primitive. */
import type { PrimitiveName } from "@tapegrad/ops";
import { type ElementwiseName, elementwise } from "../wgsl/elementwise.ts";

/** Those that are no expressions of elements. Exhaustive: a primitive without a kernel does not compile. */
const others = {
  alias: true,
  argmax: true,
  argmin: true,
  argsort: true,
  broadcastTo: true,
  cast: true,
  concat: true,
  cumsum: true,
  flip: true,
  full: true,
  gather: true,
  indexAdd: true,
  iota: true,
  logSumExp: true,
  matmul: true,
  max: true,
  min: true,
  pad: true,
  randomBits: true,
  reshape: true,
  scatterAdd: true,
  slice: true,
  stopGradient: true,
  sum: true,
  take: true,
  transpose: true,
  where: true,
} satisfies Readonly<Record<Exclude<PrimitiveName, ElementwiseName>, true>>;

export const kernelNames: readonly string[] = Object.keys({ ...elementwise, ...others });
