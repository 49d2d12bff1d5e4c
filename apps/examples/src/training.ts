/** The training loop that all programs share: it takes steps, shows the progress, and stops if the loss is not a number. */
import type { Tensor } from "tapegrad";
import type { Display } from "./display.ts";

/** Something to be done in between. */
export interface Pause {
  /** After so many steps, again and again, and after the last one. */
  readonly every: number;
  /** Training ends when it says so. */
  readonly look: (done: number) => Promise<"go on" | "enough">;
}

/** Calls `step`, which trains on its batch and returns the loss, for 0 … steps − 1. Returns the losses. */
export async function train(
  steps: number,
  display: Display,
  step: (index: number) => Tensor,
  pause?: Pause,
): Promise<number[]> {
  const losses: number[] = [];
  for (let done = 1; done <= steps; done++) {
    const loss = await step(done - 1).item();
    if (!Number.isFinite(loss)) throw new Error(`training diverged: the loss of step ${done} is ${loss}`);
    losses.push(loss);
    display.progress(losses, steps);
    const looks = pause !== undefined && (done % pause.every === 0 || done === steps);
    if (looks && (await pause.look(done)) === "enough") break;
  }
  display.done();
  return losses;
}
