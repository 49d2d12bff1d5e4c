/** The whole way from a Program to steps: the passes, the schedule, and the target's own passes over steps. */
import type { Program } from "@tapegrad/core";
import { decompose } from "./laws/decompose.ts";
import { type OptimizeOptions, optimize } from "./optimize.ts";
import { schedule } from "./schedule/schedule.ts";
import type { Schedule } from "./schedule/step.ts";
import type { Target } from "./schedule/target.ts";

/** What a backend writes code for. */
export interface Plan extends Schedule {
  /** The Program after all passes. */
  readonly program: Program;
}

/** What sees each pass at work. */
export type PassObserver = NonNullable<OptimizeOptions["observe"]>;

/**
 * The steps of a Program for a target. `observe` sees what each pass was given and what it made of it.
 * @throws UnsupportedError for what the target cannot run.
 */
export function plan(program: Program, target: Target, observe?: PassObserver): Plan {
  const { without, stepPasses = [] } = target;
  const optimized = optimize(program, { without, observe });
  const steps = stepPasses.reduce((before, pass) => pass(before), schedule(decompose(optimized), target));
  return { ...steps, program: optimized };
}
