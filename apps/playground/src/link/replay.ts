/** A run in a link, and the run made again from it: the same settings, trained to the same step at the same learning rates. */
import type { RunSettings } from "../engine/settings.ts";
import type { Run } from "../run/run.ts";
import type { LinkedRun } from "./run-link.ts";

/** The run as a link would give it; follows its signals. */
export function linkedOf(run: Run): LinkedRun {
  const { layer, unit } = run.unit.value;
  // While it trains, the steps alone are no news: the address would change all the time.
  const step = run.isTraining.value ? run.step.peek() : run.step.value;
  return { settings: run.settings.value, rates: run.rates.value, step, cursor: run.cursor.value, unit: [layer, unit] };
}

/** What the run is started with. */
export function settingsAtFirst({ settings, rates = [] }: LinkedRun): RunSettings {
  const [first] = rates;
  return first === undefined ? settings : { ...settings, learningRate: first.rate };
}

/** Trains what was started with `settingsAtFirst` to the link's step, unless somebody stops that. */
export async function replay(run: Run, { settings, rates = [], step }: LinkedRun): Promise<void> {
  const later = [...rates.slice(1).map(({ rate }) => rate), settings.learningRate];
  for (const [index, { until }] of rates.entries()) {
    await run.trainTo(until);
    await run.configure({ learningRate: later[index] ?? settings.learningRate });
    if (run.step.peek() < until) return;
  }
  if (step > run.step.peek()) await run.trainTo(step);
}

/** Moves the cursor and the chosen unit to where the link has them, within what there is. */
export function showAt(run: Run, { cursor, unit: [layer, unit] }: LinkedRun): void {
  const { layers, hidden } = run.settings.peek();
  const length = run.summary.peek()?.length ?? 1;
  run.cursor.value = Math.min(cursor, length - 1);
  run.unit.value = { layer: Math.min(layer, layers - 1), unit: Math.min(unit, hidden - 1) };
}
