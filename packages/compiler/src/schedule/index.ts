export { type Cost, costOf } from "./cost.ts";
export { type EpilogueFilter, withEpilogues } from "./epilogues.ts";
export type { Fold } from "./folds.ts";
export { type LoweredName, loweredNames } from "./lower.ts";
export { type MemoryPlan, planMemory } from "./memory-plan.ts";
export { schedule } from "./schedule.ts";
export * from "./step.ts";
export type { Target } from "./target.ts";
export * from "./value.ts";
