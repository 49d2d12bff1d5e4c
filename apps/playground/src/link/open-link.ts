/** Makes the run what the link says, and keeps the link what the run is. */
import { effect, signal } from "@preact/signals";
import { defaultSettings, type RunSettings } from "../engine/settings.ts";
import { lenses } from "../lenses/index.ts";
import type { Run } from "../run/run.ts";
import { change, followed, place } from "./address.ts";
import { fitsLink, type LinkedRun, noRun, type ReadLink, readRun, writeRun } from "./run-link.ts";
import { unfoldLesson } from "./unfold-lesson.ts";

/** What the visitor should know of the link that was opened. */
export type LinkNews =
  | { readonly kind: "unreadable"; readonly names: readonly string[] }
  | { readonly kind: "refused"; readonly problem: string }
  | { readonly kind: "training"; readonly step: number };

export const linkNews = signal<LinkNews | undefined>(undefined);

/** What the link says of a run, made: trained to its step, unless somebody stops that. */
export async function openLink(run: Run, { run: wanted, namesRun, bad }: ReadLink): Promise<void> {
  linkNews.value = bad.length === 0 ? undefined : { kind: "unreadable", names: bad };
  if (namesRun && (await isThere(run, wanted))) showAt(run, wanted);
  else if (namesRun || run.phase.peek() === "starting") await make(run, wanted, namesRun);
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
  const { rates = [] } = wanted;
  const [first] = rates;
  const settings = first === undefined ? wanted.settings : { ...wanted.settings, learningRate: first.rate };
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
  const later = [...rates.slice(1).map(({ rate }) => rate), wanted.settings.learningRate];
  for (const [index, { until }] of rates.entries()) {
    await run.trainTo(until);
    await run.configure({ learningRate: later[index] ?? wanted.settings.learningRate });
    if (run.step.peek() < until) break; // Somebody stopped it.
  }
  if (run.step.peek() >= (rates.at(-1)?.until ?? 0)) await run.trainTo(wanted.step);
  linkNews.value = before;
}

function showAt(run: Run, { cursor, unit: [layer, unit] }: LinkedRun): void {
  const { layers, hidden } = run.settings.peek();
  const length = run.summary.peek()?.length ?? 1;
  run.cursor.value = Math.min(cursor, length - 1);
  run.unit.value = { layer: Math.min(layer, layers - 1), unit: Math.min(unit, hidden - 1) };
}

/** Follows links that are opened in this page, and writes what the run is into the address. */
export function keepLinked(run: Run): void {
  let opened = followed.peek();
  effect(() => {
    if (followed.value === opened) return;
    opened = followed.peek();
    void readLink().then((link) => openLink(run, link));
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

/** The run as a link would give it; follows its signals. */
export function linkedOf(run: Run): LinkedRun {
  const { layer, unit } = run.unit.value;
  // While it trains, the steps alone are no news: the address would change all the time.
  const step = run.isTraining.value ? run.step.peek() : run.step.value;
  return { settings: run.settings.value, rates: run.rates.value, step, cursor: run.cursor.value, unit: [layer, unit] };
}

export async function sameSettings(a: RunSettings, b: RunSettings): Promise<boolean> {
  const rest = { step: 0, cursor: 0, unit: [0, 0] } as const;
  const [one, other] = await Promise.all([writeRun({ settings: a, ...rest }), writeRun({ settings: b, ...rest })]);
  return JSON.stringify(one) === JSON.stringify(other);
}
