/** Chooses the first run of the page: that of the link, that which this browser kept, or the default. */
import { keepRun, recallRun, restore } from "./keep/keep-run.ts";
import { loadedAgain } from "./link/address.ts";
import { embedded } from "./link/embed.ts";
import { keepLinked, openLink, readLink, sameSettings } from "./link/open-link.ts";
import type { Run } from "./run/run.ts";

export async function begin(run: Run): Promise<void> {
  keepLinked(run);
  const link = await readLink();
  const { run: linked, namesRun, bad } = link;
  const kept = embedded ? undefined : await recallRun();
  // A page that is loaded again has its own link, and the kept run is the same one with its weights.
  const isOwn = async () => loadedAgain && kept !== undefined && (await sameSettings(kept.settings, linked.settings));
  if (kept !== undefined && bad.length === 0 && (!namesRun || (await isOwn()))) {
    await restore(run, kept);
    if (run.phase.peek() === "failed") await run.start(linked.settings);
    else if (linked.step > run.step.peek()) await run.trainTo(linked.step);
  } else {
    await openLink(run, link);
  }
  const present = run.settings.peek();
  const asBegun = present === kept?.settings || (await sameSettings(present, linked.settings));
  if (!embedded) keepRun(run, asBegun);
}
