/** The cell that a run's visitor is writing: its text, and what the last check said. It stays while other lenses are open. */
import { type Signal, signal } from "@preact/signals";
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
  const known = drafts.get(run);
  if (known !== undefined) return known;
  const draft: Draft = { text: signal(ownSource(run.settings.peek())), report: signal(undefined) };
  drafts.set(run, draft);
  return draft;
}
