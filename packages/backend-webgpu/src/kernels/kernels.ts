/** The kernels of every kind of step. */
import type { PlainStep } from "@tapegrad/compiler";
import { internal } from "@tapegrad/core/internal";
import { copyKernels } from "./copy.ts";
import { cumulateKernels } from "./cumulate.ts";
import { fusedKernel } from "./fused.ts";
import { iotaKernels } from "./iota.ts";
import type { Division, StepKernel } from "./kernel.ts";
import { matmulKernels } from "./matmul.ts";
import { randomBitsKernels } from "./random-bits.ts";
import { reduceKernels } from "./reduce.ts";
import { rowsKernels } from "./rows.ts";
import { sortKernels } from "./sort.ts";

/** Run one after the other, each when the one before is done. */
export function kernelsOf(step: PlainStep, division: Division): readonly StepKernel[] {
  switch (step.kind) {
    case "fused":
      return [fusedKernel(step, division)];
    case "matmul":
      return matmulKernels(step, division);
    case "reduce":
      return reduceKernels(step, division);
    case "cumulate":
      return cumulateKernels(step, division);
    case "sort":
      return sortKernels(step, division);
    case "iota":
      return iotaKernels(step, division);
    case "randomBits":
      return randomBitsKernels(step, division);
    case "copy":
      return copyKernels(step, division);
    case "rows":
      return rowsKernels(step, division);
    case "host":
      throw internal(`${step.op} has no kernel`);
  }
}
