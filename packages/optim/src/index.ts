export { Adagrad, type AdagradOptions } from "./adagrad.ts";
export { Adam, type AdamOptions, AdamW } from "./adam.ts";
export { type AverageOptions, ExponentialMovingAverage } from "./average.ts";
export { clipByGlobalNorm, clipByValue } from "./clip.ts";
export { type GroupStep, Optimizer, type OptimizerOptions, type Update } from "./optimizer.ts";
export { type GroupOptions, ParameterGroup, type Rate, withoutDecay } from "./parameter-group.ts";
export { RMSprop, type RMSpropOptions } from "./rmsprop.ts";
export {
  type CosineOptions,
  constant,
  cosine,
  linear,
  type Schedule,
  type StepOptions,
  sequence,
  step,
  type WarmupOptions,
  warmup,
} from "./schedules.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
