export { Adam, type AdamOptions } from "./adam.ts";
export { clipByGlobalNorm } from "./clip.ts";
export { Optimizer, type OptimizerOptions } from "./optimizer.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
