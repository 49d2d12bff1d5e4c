/** The pinned runs in the link, as one compressed list. */
import { effect } from "@preact/signals";
import { reportFailure } from "../../failure.ts";
import { change, followed, place } from "../../link/address.ts";
import { compress, decompress } from "../../link/compress.ts";
import { linkedOf, replay, settingsAtFirst, showAt } from "../../link/replay.ts";
import { type LinkedRun, longestData, readRun, writeRun } from "../../link/run-link.ts";
import { offerStandard, pinNew, pinned, unpin } from "./compared.ts";

const name = "compare.pins";

let isKept = false;

/** From the first call on, a link's pinned runs are pinned, or else the standard ones offered, and what is pinned is in the link. */
export function keepPinsLinked(): void {
  if (isKept) return;
  isKept = true;
  let isWritten = false;
  effect(() => {
    void followed.value;
    void openPins(place.peek().get(name)).then(() => {
      offerStandard();
      if (!isWritten) keepWritten();
      isWritten = true;
    }, reportFailure);
  });
}

/** Of a link without pinned runs, those that are there stay. */
async function openPins(packed: string | null): Promise<void> {
  if (packed === null) return;
  const links = await unpacked(packed);
  for (const { id } of links.length > 0 ? pinned.peek() : []) unpin(id);
  for (const { run } of await Promise.all(links.map(readRun))) void open(run).catch(reportFailure);
}

async function open(wanted: LinkedRun): Promise<void> {
  const made = pinNew(wanted);
  if (made === undefined) return;
  const { run } = made;
  await run.start(settingsAtFirst(wanted));
  if (run.phase.peek() === "failed") return; // Its problem stands in its place, and the link stays as it was.
  showAt(run, wanted);
  await replay(run, wanted);
  made.wanted.value = undefined;
}

function keepWritten(): void {
  let newest = 0;
  effect(() => {
    const number = ++newest;
    const isStarting = pinned.value.some(({ run, wanted }) => run.phase.value === "starting" && !wanted.value);
    const linked = pinned.value.map(({ run, wanted }) => wanted.value ?? linkedOf(run));
    if (isStarting) return;
    void packedOf(linked).then((packed) => {
      if (number === newest) change({ [name]: packed });
    }, reportFailure);
  });
}

/** Undefined for no runs, and for what is too long for a link. */
async function packedOf(runs: readonly LinkedRun[]): Promise<string | undefined> {
  if (runs.length === 0) return undefined;
  const links = await Promise.all(runs.map(writeRun));
  const packed = await compress(JSON.stringify(links.map((names) => `${new URLSearchParams(names)}`)));
  return packed.length > longestData ? undefined : packed;
}

/** Nothing of what `packedOf` did not make. */
async function unpacked(packed: string): Promise<URLSearchParams[]> {
  const json = await decompress(packed);
  if (json === undefined) return [];
  try {
    const links: unknown = JSON.parse(json);
    return Array.isArray(links) ? links.map((link) => new URLSearchParams(String(link))) : [];
  } catch {
    return []; // Somebody changed the link by hand.
  }
}
