/** `run`: starts workers and drives the sweep to its end, or resumes it. */
import {
  Display,
  exitCodeOf,
  explainingFailures,
  FolderLock,
  formatDuration,
  Interruption,
  invocation,
  makeFolder,
  nodeFileSystem,
  quoted,
  standardOutput,
} from "@tapegrad/command-line";
import { Driver, type Watcher } from "../driving/drive.ts";
import { ranked } from "../driving/halving.ts";
import { LocalWorkers } from "../driving/local-workers.ts";
import { type Result, TrialQueue } from "../driving/trial-queue.ts";
import { ResultsFile, readResults } from "../results/results-file.ts";
import { bestFirst, tableOf } from "../results/table.ts";
import { type PlaceOptions, prepare, prepareQueue } from "./prepare.ts";

const shownAtEnd = 10;

export interface RunOptions extends PlaceOptions {
  readonly redis: string;
  /** On this machine; others may join. */
  readonly workers: number;
}

/** Returns the exit code. */
export async function run(file: string, options: RunOptions): Promise<number> {
  const display = new Display();
  const prepared = await prepare(file, options);
  const { sweep, folder, path } = prepared;
  const queueOptions = await prepareQueue(prepared, options.redis, display.say);
  await explainingFailures(`cannot make the folder ${folder}`, () => makeFolder(folder, nodeFileSystem));
  const lock = await FolderLock.take(folder, nodeFileSystem, { onDelay: display.say });
  await using _ = { [Symbol.asyncDispose]: () => lock.release() };
  const known = await readResults(path, prepared);
  await using results = await ResultsFile.open(path);
  const queue = await TrialQueue.open(queueOptions);
  await using _queue = { [Symbol.asyncDispose]: () => queue.close() };

  const stopping = new AbortController();
  using interruption = new Interruption(() => {
    display.say("interrupted: running trials are given back; once more to quit at once");
    stopping.abort();
  });
  const words = ["worker", file, "--out", folder];
  const workers = new LocalWorkers(words, options.redis, display.say);
  const since = performance.now();
  const watcher: Watcher = {
    keep: async (fresh) => {
      await results.append(fresh);
      if (fresh.length > 0) workers.noteProgress();
      for (const { trial, error } of fresh) if (error !== undefined) display.say(`trial ${trial} failed: ${error}`);
    },
    look: async (rung, done, size) => {
      workers.check();
      const { active } = await queue.counts();
      const seconds = (performance.now() - since) / 1000;
      display.show({
        done: (rung + done / size) / sweep.rungs,
        fields: fieldsOf({ rung, done, size, active, seconds }, sweep.rungs, driver.results),
      });
    },
  };
  const driver = new Driver(prepared, queue, known, watcher);
  await driver.collect();
  if (driver.results.length > 0) display.say(`going on: ${driver.results.length} results are there already`);
  workers.start(options.workers);
  try {
    await driver.run(stopping.signal);
  } finally {
    display.finish();
    await workers.stop();
  }
  if (interruption.signal === undefined) return conclude(driver.results, path, display);
  await driver.collect();
  display.say(`${driver.results.length} results are in ${path}`);
  display.command(
    [invocation("tapegrad-sweep", "sweep"), "run", ...[file, ...placeWords(options)].map(quoted)],
    "go on with: ",
  );
  return exitCodeOf(interruption.signal);
}

const placeWords = ({ out, workers }: RunOptions) => [
  ...(out === undefined ? [] : ["--out", out]),
  "--workers",
  String(workers),
];

interface Progress {
  readonly rung: number;
  readonly done: number;
  readonly size: number;
  readonly active: number;
  readonly seconds: number;
}

function fieldsOf(
  { rung, done, size, active, seconds }: Progress,
  rungs: number,
  results: readonly Result[],
): string[] {
  const best = ranked(results.filter((result) => result.rung === rung))[0];
  return [
    `rung ${rung + 1}/${rungs}`,
    `${done}/${size} trials done, ${active} running`,
    ...(best?.value === undefined ? [] : [`best ${Number(best.value.toPrecision(6))} (trial ${best.trial})`]),
    formatDuration(seconds),
  ];
}

/** Returns the exit code: a failure when not one trial has a value. */
function conclude(results: readonly Result[], path: string, display: Display): number {
  const best = bestFirst(results);
  const failed = best.filter(({ value }) => value === undefined).length;
  standardOutput.write(`${tableOf(best.slice(0, shownAtEnd))}\n`);
  display.say(`${best.length} trials${failed === 0 ? "" : `, ${failed} of them failed`}; all results are in ${path}`);
  return Number.isFinite(best[0]?.value) ? 0 : 1;
}
