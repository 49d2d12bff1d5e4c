/**
 * The compared runs. They live as long as the page, whichever lens is open. Each has a worker of its own, which ends when the
 * run is closed.
 */
import { batch, effect, type Signal, signal } from "@preact/signals";
import { addingCells, addingRun } from "../../engine/adding-runs.ts";
import { reportFailure } from "../../failure.ts";
import type { LinkedRun } from "../../link/run-link.ts";
import { Run } from "../../run/run.ts";

export const mostPinned = 3;

export interface Compared {
  readonly id: number;
  readonly run: Run;
  /** What a link said of it, until it is there. */
  readonly wanted: Signal<LinkedRun | undefined>;
}

/** What the visitor pinned, in order. */
export const pinned = signal<readonly Compared[]>([]);
/** RNN, LSTM and GRU on the adding task; none while something is pinned. */
export const standard = signal<readonly Compared[]>([]);

let count = 0;

function make(wanted?: LinkedRun): Compared {
  return { id: count++, run: new Run(reportFailure), wanted: signal(wanted) };
}

/** Makes the standard comparison, unless it is there or something is pinned. */
export function offerStandard(): void {
  if (pinned.value.length > 0 || standard.value.length > 0) return;
  standard.value = addingCells.map((cell) => {
    const compared = make();
    const settings = addingRun(cell, 1);
    void compared.run.start(settings).then(() => {
      // Where the sum is asked for.
      compared.run.cursor.value = settings.task.length - 1;
    });
    return compared;
  });
}

/** A place among the pinned for a run that is to be made; undefined if all are taken. */
export function pinNew(wanted?: LinkedRun): Compared | undefined {
  if (pinned.value.length >= mostPinned) return undefined;
  const made = make(wanted);
  closeAll(standard.value);
  batch(() => {
    standard.value = [];
    pinned.value = [...pinned.value, made];
  });
  return made;
}

/** A copy of `run` as it is now, with its course; it goes its own way from here. */
export async function pin(run: Run): Promise<void> {
  const copy = pinNew();
  if (copy === undefined) return;
  try {
    // First, as it comes when the run is there.
    const snapshot = await run.snapshot();
    const past = { course: run.course.value, heldOut: run.heldOut.value, rates: run.rates.value };
    await copy.run.start(run.settings.value, snapshot, past);
    copy.run.cursor.value = run.cursor.value;
    copy.run.unit.value = run.unit.value;
  } catch (error) {
    unpin(copy.id);
    reportFailure(error);
  }
}

export function unpin(id: number): void {
  closeAll(pinned.value.filter((compared) => compared.id === id));
  pinned.value = pinned.value.filter((compared) => compared.id !== id);
  offerStandard();
}

function closeAll(compared: readonly Compared[]): void {
  for (const { run } of compared) run.close();
}

/** One cursor for all: where one goes, the others follow, each within its own data. Returns what ends it. */
export function shareCursor(runs: readonly Run[]): () => void {
  let shared = runs[0]?.cursor.peek() ?? 0;
  const held = (run: Run) => Math.min(shared, (run.summary.value?.length ?? Infinity) - 1);
  return effect(() => {
    shared = runs.find((run) => run.cursor.value !== held(run))?.cursor.peek() ?? shared;
    batch(() => {
      for (const run of runs) run.cursor.value = held(run);
    });
  });
}
