/** What the packages of this project share with each other, and nobody else should use: any release may change it. */
export { filledWith } from "./creation/constant.ts";
export { alias } from "./elementwise/identity.ts";
export { tensorOf } from "./operands.ts";
export { repeated, sumTo } from "./reductions/sum-and-broadcast.ts";
