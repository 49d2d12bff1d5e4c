export type { Axis, ParametersOf, Space, Value } from "./description/space.ts";
export { type CommandTraining, defineSweep, type Sweep, type Train, type Trial } from "./description/sweep.ts";
