export { detectAnomaly } from "./anomaly.ts";
export type { Axes } from "./axes.ts";
export type { BodyAttributes } from "./body-op.ts";
export { checkpoint, checkpointOp } from "./checkpoint.ts";
export type { CheckpointEvery } from "./checkpointed-scan.ts";
export { type Compiled, type CompileOptions, compile } from "./compile.ts";
export { cond } from "./cond.ts";
export type { CondAttributes } from "./cond-branches.ts";
export { type CondEntriesAttributes, condEntriesOp } from "./cond-entries.ts";
export { condOp } from "./cond-op.ts";
export { type CustomVjpRule, customVjp } from "./custom-vjp.ts";
export { hessian, hvp, type JacobianOptions, jacobian } from "./jacobian.ts";
export type { TapeNode } from "./node.ts";
export { type ScanOptions, scan } from "./scan.ts";
export { type ScanAttributes, scanOp } from "./scan-op.ts";
export type { Gradients, Jacobian, NotInferred, Parameterized, Source } from "./sources.ts";
export { type GradientOptions, Tape, type TapeOptions } from "./tape.ts";
export {
  grad,
  jvp,
  noGrad,
  type ValueAndGradient,
  type ValueAndPullback,
  type ValueAndTangent,
  valueAndGrad,
  vjp,
} from "./transforms.ts";
export { type VmapOptions, vmap } from "./vmap.ts";
