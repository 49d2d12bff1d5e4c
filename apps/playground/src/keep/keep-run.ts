/** The run survives a reload: saved when it rests, when the page is left, and now and then while it trains. */
import { computed, effect } from "@preact/signals";
import type { Snapshot } from "../engine/protocol.ts";
import type { RunSettings } from "../engine/settings.ts";
import { place } from "../link/address.ts";
import type { ChosenUnit, Past, Run } from "../run/run.ts";
import { keep, recall } from "./kept.ts";

export interface KeptRun {
  readonly settings: RunSettings;
  readonly snapshot: Snapshot;
  readonly past: Past;
  readonly cursor: number;
  readonly unit: ChosenUnit;
}

const name = "run";
/** Milliseconds from a change to its saving, and between two savings while it trains. */
const rest = 500;
const interval = 10_000;

const inLesson = computed(() => place.value.has("lesson"));

export function recallRun(): Promise<KeptRun | undefined> {
  return recall<KeptRun>(name);
}

export async function restore(run: Run, { settings, snapshot, past, cursor, unit }: KeptRun): Promise<void> {
  await run.start(settings, snapshot, past);
  run.cursor.value = Math.min(cursor, (run.summary.peek()?.length ?? 1) - 1);
  run.unit.value = unit;
}

/** From now on what changes is kept. `asBegun` if nobody has changed the run yet: that alone is not worth keeping. */
export function keepRun(run: Run, asBegun: boolean): void {
  let due: ReturnType<typeof setTimeout> | undefined;
  let first = asBegun;
  const save = () => {
    clearTimeout(due);
    due = undefined;
    void saveRun(run);
  };
  effect(() => {
    const { value: phase } = run.phase;
    const changed = [run.version.value, run.cursor.value, run.unit.value];
    if (changed.length === 0 || phase === "starting" || phase === "failed") return;
    // A lesson's run is no work of the visitor's, unless it is changed after the lesson.
    if (inLesson.value || first) {
      first = inLesson.value;
      return;
    }
    if (phase === "training") {
      due ??= setTimeout(save, interval);
      return;
    }
    clearTimeout(due);
    due = setTimeout(save, rest);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && due !== undefined) save();
  });
}

async function saveRun(run: Run): Promise<void> {
  const settings = run.settings.peek();
  // A model that is being made anew has nothing to save, and a saving of its own before it.
  const snapshot = await run.snapshot().catch(() => undefined);
  if (snapshot === undefined || settings !== run.settings.peek()) return;
  await keep<KeptRun>(name, {
    settings,
    snapshot,
    past: { course: run.course.peek(), heldOut: run.heldOut.peek(), rates: run.rates.peek() },
    cursor: run.cursor.peek(),
    unit: run.unit.peek(),
  });
}
