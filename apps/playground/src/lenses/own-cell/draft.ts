/** The cell that a run's visitor is writing: its text, and what the last check said. It stays while other lenses are open. */
import { effect, type Signal, signal } from "@preact/signals";
import type { CellReport } from "../../engine/own-cell/check-cell.ts";
import { ownSource } from "../../engine/own-cell/templates.ts";
import type { Run } from "../../run/run.ts";

export interface Draft {
  readonly text: Signal<string>;
  /** Of `text`; undefined while it is being checked. */
  readonly report: Signal<CellReport | undefined>;
}

const drafts = new WeakMap<Run, Draft>();

export function draftOf(run: Run): Draft {
  const begun = drafts.get(run);
  if (begun !== undefined) return begun;
  const draft: Draft = { text: signal(ownSource(run.settings.peek())), report: signal(undefined) };
  drafts.set(run, draft);
  // A cell that comes with a link is shown; one that was here before never takes the place of what is being written.
  const known = new Set<string>();
  effect(() => {
    const { value: settings } = run.settings;
    const source = ownSource(settings);
    if (settings.cell !== "own" || known.has(source)) return;
    known.add(source);
    draft.text.value = source;
  });
  return draft;
}
