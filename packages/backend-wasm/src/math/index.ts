export { ulpBounds } from "./accuracy.ts";
export { VectorConstants } from "./constants.ts";
export type { MathKernel } from "./kernel.ts";
export { isMathFunction, type MathFunction, type MathOptions, mathFunctions, mathKernel } from "./kernels.ts";
export { importMath, type LaneFunction, type MathImports, mathImportObject } from "./lane-calls.ts";
export { type FloatType, Lanes, type Vector } from "./lanes.ts";
export { trigonometricLimit } from "./trigonometric.ts";
