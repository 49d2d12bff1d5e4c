/** Checks a run's gradients, one matrix after the other, so that the run is never held up for long. */
import { effect, type Signal, signal } from "@preact/signals";
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

/** Milliseconds for which a run has rested when it is checked unasked, and the most parameters for which that is cheap. */
const rest = 1500;
const largest = 20_000;

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

/** Checks the run once it rests, and again when it has become another one; the returned function ends that. */
export function checkAtRest(run: Run): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    clearTimeout(timer);
    const { rows, running, problem } = checkOf(run);
    const isKnown = rows.length > 0 || running || problem !== undefined;
    const isCheap = (run.summary.value?.parameterCount ?? Infinity) <= largest;
    // A step is no rest.
    if (run.version.value === 0 || run.phase.value !== "ready" || isKnown || !isCheap) return;
    timer = setTimeout(() => void checkGradients(run, false, () => run.phase.peek() === "ready"), rest);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

/** Where `goesOn` says no, the check is given up, and nothing is known. */
export async function checkGradients(run: Run, broken: boolean, goesOn = () => true): Promise<void> {
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
      if (!goesOn()) {
        tell(nothing);
        return;
      }
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
