/** What the packages of this project share with each other, and nobody else should use: any release may change it. */
export { filledWith } from "./constant.ts";
export { alias } from "./identity.ts";
export { tensorOf } from "./operands.ts";
export { repeated, sumTo } from "./sum-and-broadcast.ts";
