/** Trains a run as fast as it goes, until it is solved or has come to a step. */
import { effect } from "@preact/signals";
import type { Run } from "../../run/run.ts";

export async function trainTo(run: Run, last: number): Promise<void> {
  if (run.step.value >= last) return;
  await run.setSpeed("full");
  const stop = effect(() => {
    if (run.step.value >= last && run.isTraining.value) void run.pause();
  });
  await run.train();
  stop();
}
