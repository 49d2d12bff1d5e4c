export type { BodyAttributes } from "./regions/body-op.ts";
export { checkpoint, checkpointOp } from "./regions/checkpoint.ts";
export type { CheckpointEvery } from "./regions/checkpointed-scan.ts";
export { type Compiled, type CompileOptions, compile } from "./regions/compile.ts";
export { cond } from "./regions/cond.ts";
export type { CondAttributes } from "./regions/cond-branches.ts";
export { type CondEntriesAttributes, condEntriesOp } from "./regions/cond-entries.ts";
export { condOp } from "./regions/cond-op.ts";
export { type CustomVjpRule, customVjp } from "./regions/custom-vjp.ts";
export { type ScanOptions, scan } from "./regions/scan.ts";
export { type ScanAttributes, scanOp } from "./regions/scan-op.ts";
export { detectAnomaly } from "./tape/anomaly.ts";
export type { TapeNode } from "./tape/node.ts";
export { type GradientOptions, Tape, type TapeOptions } from "./tape/tape.ts";
export { hessian, hvp, type JacobianOptions, jacobian } from "./transforms/jacobian.ts";
export {
  grad,
  jvp,
  noGrad,
  type ValueAndGradient,
  type ValueAndPullback,
  type ValueAndTangent,
  valueAndGrad,
  vjp,
} from "./transforms/transforms.ts";
export type { Gradients, Jacobian, NotInferred, Parameterized, Source } from "./trees/sources.ts";
export type { Axes } from "./vmap/axes.ts";
export { type VmapOptions, vmap } from "./vmap/vmap.ts";
