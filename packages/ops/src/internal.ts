/** Code that the packages of this project share. Any release may change it, so other packages should not use it. */
export { filledWith } from "./creation/constant.ts";
export { alias } from "./elementwise/identity.ts";
export { tensorOf } from "./operands.ts";
export { repeated, sumTo } from "./reductions/sum-and-broadcast.ts";
