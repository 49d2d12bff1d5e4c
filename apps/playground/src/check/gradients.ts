/** The check of a run's gradients as the page knows it: one matrix after the other, so that the run is never held up for long. */
import { type Signal, signal } from "@preact/signals";
import type { RunSettings } from "../engine/settings.ts";
import { messageOf } from "../failure.ts";
import type { GradientCheck } from "../lenses/health/gradient-check.ts";
import type { Run } from "../run/run.ts";

export interface CheckState {
  readonly rows: readonly GradientCheck[];
  /** Whether the rows are of a wrong rule. */
  readonly broken: boolean;
  readonly running: boolean;
  readonly problem?: string;
}

const nothing: CheckState = { rows: [], broken: false, running: false };
const checks = new WeakMap<Run, Signal<{ readonly settings: RunSettings; readonly state: CheckState }>>();
/** The check that is under way, of each run: another one takes over. */
const latest = new WeakMap<Run, symbol>();

function signalOf(run: Run) {
  const made = checks.get(run) ?? signal({ settings: run.settings.peek(), state: nothing });
  checks.set(run, made);
  return made;
}

/** What is known now; nothing, if the run has become another one since. */
export function checkOf(run: Run): CheckState {
  const { settings, state } = signalOf(run).value;
  return settings === run.settings.value ? state : nothing;
}

export async function checkGradients(run: Run, broken: boolean): Promise<void> {
  const known = signalOf(run);
  const settings = run.settings.peek();
  const tell = (state: CheckState) => {
    known.value = { settings, state };
  };
  const mark = Symbol("check");
  latest.set(run, mark);
  let rows: readonly GradientCheck[] = [];
  tell({ rows, broken, running: true });
  try {
    let count = 1;
    while (rows.length < count) {
      const row = await run.ask("gradientCheck", { position: run.cursor.value, matrix: rows.length, broken });
      if (latest.get(run) !== mark) return;
      rows = [...rows, row];
      count = row.count;
      tell({ rows, broken, running: rows.length < count });
    }
  } catch (error) {
    if (latest.get(run) === mark) tell({ rows, broken, running: false, problem: messageOf(error) });
  }
}

/** The largest relative error. */
export function worstOf(rows: readonly GradientCheck[]): number {
  return Math.max(0, ...rows.map(({ error }) => error));
}
