export type { TapeNode } from "./node.ts";
export { type ScanOptions, scan } from "./scan.ts";
export { type GradientOptions, type Gradients, type Source, Tape, type TapeOptions } from "./tape.ts";
export { grad, jvp, noGrad, valueAndGrad, vjp } from "./transforms.ts";
