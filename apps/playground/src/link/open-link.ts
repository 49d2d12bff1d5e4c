/** Makes the run of the link the run of the page, and keeps the link up to date with the run. */
import { effect, signal } from "@preact/signals";
import { defaultSettings, type RunSettings } from "../engine/settings.ts";
import { lenses } from "../lenses/index.ts";
import type { Run } from "../run/run.ts";
import { change, followed, place } from "./address.ts";
import { linkedOf, replay, settingsAtFirst, showAt } from "./replay.ts";
import { fitsLink, type LinkedRun, noRun, type ReadLink, readRun, writeRun } from "./run-link.ts";
import { unfoldLesson } from "./unfold-lesson.ts";

/** What the visitor should know of the link that was opened. */
export type LinkNews =
  | { readonly kind: "unreadable"; readonly names: readonly string[] }
  | { readonly kind: "refused"; readonly problem: string }
  | { readonly kind: "training"; readonly step: number };

export const linkNews = signal<LinkNews | undefined>(undefined);

/** What the link says of a run, made: trained to its step, unless somebody stops that. */
export async function openLink(run: Run, link: ReadLink | Promise<ReadLink>): Promise<void> {
  const { made } = await run.deciding(async () => {
    const { run: wanted, namesRun, bad } = await link;
    linkNews.value = bad.length === 0 ? undefined : { kind: "unreadable", names: bad };
    if (namesRun && (await isThere(run, wanted))) showAt(run, wanted);
    else if (namesRun || run.phase.peek() === "starting") return { made: make(run, wanted, namesRun) };
    return {};
  });
  await made;
}

/** What the address says, a lesson's step unfolded. */
export async function readLink(): Promise<ReadLink> {
  const isRead = await unfoldLesson();
  const link = await readRun(place.peek());
  const lens = place.peek().get("lens");
  const isLens = lens === null || lenses.some(({ id }) => id === lens);
  if (!isLens) change({ lens: undefined });
  return { ...link, bad: [...link.bad, ...(isRead ? [] : ["lesson"]), ...(isLens ? [] : ["lens"])] };
}

/** Whether the run is the link's already, so that what it has learned since stays. */
async function isThere(run: Run, wanted: LinkedRun): Promise<boolean> {
  if (run.phase.peek() === "starting" || run.phase.peek() === "failed") return false;
  const same = await sameSettings(run.settings.peek(), wanted.settings);
  return same && (!place.peek().has("step") || wanted.step === run.step.peek());
}

async function make(run: Run, wanted: LinkedRun, namesRun: boolean): Promise<void> {
  const settings = settingsAtFirst(wanted);
  await run.start(settings);
  const { problem } = run;
  if (problem.peek() !== undefined) {
    if (!namesRun) return; // There was no link, and the run says itself what is wrong.
    linkNews.value = { kind: "refused", problem: problem.peek() ?? "" };
    if (run.phase.peek() === "failed") await run.start(defaultSettings);
    return;
  }
  if (run.settings.peek() !== settings) return; // The visitor was quicker.
  showAt(run, wanted);
  if (wanted.step === 0) return;
  const before = linkNews.peek();
  linkNews.value = { kind: "training", step: wanted.step };
  await replay(run, wanted);
  linkNews.value = before;
}

/** Follows links that are opened in this page, and writes what the run is into the address. */
export function keepLinked(run: Run): void {
  let opened = followed.peek();
  effect(() => {
    if (followed.value === opened) return;
    opened = followed.peek();
    void openLink(run, readLink());
  });
  let newest = 0;
  let first = true;
  effect(() => {
    const phase = run.phase.value;
    const linked = linkedOf(run);
    const number = ++newest;
    if (phase === "starting" || phase === "failed" || linkNews.value?.kind === "training") return;
    if (first) {
      first = false; // An address that nobody has changed anything about stays as it was given.
      return;
    }
    void writeRun(linked).then((names) => {
      if (number === newest) change(fitsLink(names) ? names : noRun);
    });
  });
}

export async function sameSettings(a: RunSettings, b: RunSettings): Promise<boolean> {
  const rest = { step: 0, cursor: 0, unit: [0, 0] } as const;
  const [one, other] = await Promise.all([writeRun({ settings: a, ...rest }), writeRun({ settings: b, ...rest })]);
  return JSON.stringify(one) === JSON.stringify(other);
}
