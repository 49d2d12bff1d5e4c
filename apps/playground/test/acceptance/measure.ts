/**
 * Measures the app on an idle machine, beside limits: `pnpm --filter @tapegrad/playground measure`. It takes about five minutes;
 * with `--minutes 10` the heap is watched for ten minutes instead of one. The exit code is 1 if a limit is broken.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildApp, type Site, serveFolder } from "../site.ts";
import { firstView, throttle } from "./first-view.ts";
import { heapGrowth } from "./heap.ts";
import { openModel } from "./opening.ts";
import { measureSizes } from "./sizes.ts";
import {
  influenceMaps,
  interactions,
  pause,
  shownThroughReal,
  sliderToSample,
  stepsAfterSolved,
  stepsWhileHidden,
  trainToChange,
} from "./while-training.ts";

/** A value with what it may be at most, and at least. */
type Row = readonly [measure: string, value: number, atMost: number, atLeast?: number];

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "1" }, only: { type: "string", default: "" } },
});
const minutes = Number(values.minutes);

/** What is measured together, under a name for `--only`. */
const measurements: Readonly<Record<string, (site: Site) => Promise<readonly Row[]>>> = {
  sizes: async (site) =>
    (await measureSizes(site)).map(({ part, limit, sizes }) => [
      `${part}: bytes, gzip (Brotli ${sizes.brotli})`,
      sizes.gzip,
      limit,
    ]),
  view: async (site) => {
    const { paint, shift, empty } = await firstView(site);
    const slow = await firstView(site, throttle);
    return [
      ["first contentful paint: ms", paint, 1000],
      ["first contentful paint, 4× slower, 1.6 Mbit/s: ms", slow.paint, 2000],
      ["layout shift", shift, 0.02],
      ["empty panels at first view", empty, 0],
    ];
  },
  train: async (site) => [["Train → first visible change: ms", await trainToChange(site), 300]],
  slider: async (site) => [
    ["slider → sample while training, 16 units: ms", await sliderToSample(site, 16), 150],
    ["slider → sample while training, 128 units: ms", await sliderToSample(site, 128), 400],
  ],
  pause: async (site) => [["pause, 64 units: ms", await pause(site), 100]],
  interactions: async (site) => [
    ["input to next frame while training, p98, 4× slower: ms", await interactions(site), 200],
  ],
  rate: async (site) => [["shown ÷ real steps per second over 2 s", await shownThroughReal(site), 1.15, 0.85]],
  influence: async (site) => {
    const { first, repeated } = await influenceMaps(site);
    return [
      ["influence map, 64 steps, 64 units, first, 3 s after the page: ms", first, 200],
      ["influence map, 64 steps, 64 units, repeated: ms", repeated, 200],
    ];
  },
  stops: async (site) => [
    ["steps in the second after the tab is hidden", await stepsWhileHidden(site), 0],
    ["steps in the second after the task is solved", await stepsAfterSolved(site), 0],
  ],
  model: async (site) => [["open a model file of 1 MB: ms", await openModel(site), 500]],
  heap: async (site) => [[`heap growth over ${minutes} min, page and worker: MB`, await heapGrowth(site, minutes), 1]],
};

const folder = await mkdtemp(join(tmpdir(), "playground-"));
await buildApp(folder);
{
  await using site = await serveFolder(folder);
  for (const [name, measure] of Object.entries(measurements)) {
    if (values.only !== "" && values.only !== name) continue;
    try {
      for (const row of await measure(site)) print(row);
    } catch (error) {
      fail(`${name}: ${error instanceof Error ? error.message : error}  FAILED`);
    }
  }
}
await rm(folder, { recursive: true });
console.log(
  "What is no number is tested: axe, focus, targets and widths in test/acceptance/walk.test.ts; links, exports,",
);
console.log("lessons, hosts, frames and policies in the other tests of test/.");

function print([measure, value, atMost, atLeast = 0]: Row): void {
  const isMet = value <= atMost && (atLeast === 0 || value >= atLeast);
  const limits = atLeast === 0 ? `at most ${atMost}` : `${atLeast} to ${atMost}`;
  const line = `${measure.padEnd(60)} ${value.toFixed(2).padStart(10)}  ${limits}`;
  if (isMet) console.log(line);
  else fail(`${line}  BROKEN`);
}

function fail(line: string): void {
  console.log(line);
  process.exitCode = 1;
}
