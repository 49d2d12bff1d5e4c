/** The kernel of every primitive. */
import type { AttributesOf, PrimitiveName } from "@tapegrad/ops";
import { binaryKernels } from "./binary.ts";
import * as indexing from "./indexing.ts";
import type { CpuKernel } from "./kernel.ts";
import { matmul } from "./matmul.ts";
import * as movement from "./movement.ts";
import { randomBits } from "./random-bits.ts";
import { reduceKernels } from "./reduce.ts";
import { unaryKernels } from "./unary.ts";

/** Exhaustive: a primitive without a kernel, or a kernel for other attributes, does not compile. */
export const kernelTable: { readonly [Name in PrimitiveName]: CpuKernel<AttributesOf<Name>> } = {
  ...unaryKernels,
  ...binaryKernels,
  ...reduceKernels,
  alias: movement.same,
  argsort: indexing.argsort,
  broadcastTo: movement.broadcastTo,
  cast: movement.cast,
  concat: movement.concat,
  cumsum: indexing.cumsum,
  flip: movement.flip,
  full: movement.full,
  gather: indexing.gather,
  indexAdd: indexing.indexAdd,
  iota: movement.iota,
  matmul,
  pad: movement.pad,
  randomBits,
  reshape: movement.same,
  scatterAdd: indexing.scatterAdd,
  slice: movement.slice,
  stopGradient: movement.same,
  take: indexing.take,
  transpose: movement.transpose,
  where: movement.where,
};
