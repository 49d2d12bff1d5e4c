/** Code that the packages of this project share. Any release may change it, so other packages should not use it. */
export { filledWith } from "./creation/constant.ts";
/** The file of arithmetic, whole: each export is an op and a method. */
export * as arithmetic from "./elementwise/arithmetic.ts";
/** The file of elementary functions, whole. */
export * as elementary from "./elementwise/elementary.ts";
export { alias } from "./elementwise/identity.ts";
export { tensorOf } from "./operands.ts";
/** The file of reductions, whole. */
export * as reductions from "./reductions/reductions.ts";
export { repeated, sumTo } from "./reductions/sum-and-broadcast.ts";
