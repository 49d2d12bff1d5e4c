/** The kernel of every primitive. */
import type { AttributesOf, PrimitiveName } from "@tapegrad/ops";
import { cumsum } from "./cumsum.ts";
import { cast, elementwiseKernels, where } from "./elementwise.ts";
import { gather, indexAdd, scatterAdd, take } from "./indexing.ts";
import type { DeviceKernel } from "./kernel.ts";
import { matmul } from "./matmul.ts";
import { broadcastTo, concat, flip, full, iota, pad, same, slice, transpose } from "./movement.ts";
import { randomBits } from "./random-bits.ts";
import { reduceKernels } from "./reduce.ts";
import { argsort } from "./sort.ts";

/** Exhaustive: a primitive without a kernel, or a kernel for other attributes, does not compile. */
export const kernelTable: { readonly [Name in PrimitiveName]: DeviceKernel<AttributesOf<Name>> } = {
  ...elementwiseKernels,
  ...reduceKernels,
  alias: same,
  argsort,
  broadcastTo,
  cast,
  concat,
  cumsum,
  flip,
  full,
  gather,
  indexAdd,
  iota,
  matmul,
  pad,
  randomBits,
  reshape: same,
  scatterAdd,
  slice,
  stopGradient: same,
  take,
  transpose,
  where,
};
