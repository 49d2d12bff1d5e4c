/**
 * The cell that the visitor is writing: its text, and the result of the last check. It is kept while other lenses are open,
 * and, in this browser, over reloads.
 */
import { effect, type Signal, signal } from "@preact/signals";
import type { CellReport } from "../../engine/own-cell/check-cell.ts";
import { ownSource } from "../../engine/own-cell/templates.ts";
import { keep, recall } from "../../keep/kept.ts";
import { embedded } from "../../link/embed.ts";
import type { Run } from "../../run/run.ts";

export interface Draft {
  readonly text: Signal<string>;
  /** Of `text`; undefined while it is being checked. */
  readonly report: Signal<CellReport | undefined>;
}

interface KeptDraft {
  readonly text: string;
  /** The cell that the run had: a draft is not shown beside a link's other cell. */
  readonly beside: string;
}

const name = "own-cell draft";
/** Milliseconds from a key to its saving. */
const rest = 300;

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
  if (!embedded) keepDraft(run, draft);
  return draft;
}

/** Shows what is kept, once the run is there, unless something else was written meanwhile; from then on keeps every change. */
function keepDraft(run: Run, draft: Draft): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isRecalled = signal(false);
  const stop = effect(() => {
    if (run.version.value === 0) return;
    queueMicrotask(() => stop()); // Not before there is a `stop`.
    const begun = draft.text.peek();
    void recall<KeptDraft>(name).then((kept) => {
      const belongs = kept?.beside === ownSource(run.settings.peek()) && draft.text.peek() === begun;
      if (kept !== undefined && belongs) draft.text.value = kept.text;
      isRecalled.value = true;
    });
  });
  effect(() => {
    const kept: KeptDraft = { text: draft.text.value, beside: ownSource(run.settings.value) };
    clearTimeout(timer);
    if (isRecalled.value) timer = setTimeout(() => void keep(name, kept), rest);
  });
}
