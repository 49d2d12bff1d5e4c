/** `status`, `results` and `remove`: show the state of a sweep, or delete it. */
import { rm } from "node:fs/promises";
import {
  CommandError,
  explainingFailures,
  FolderLock,
  makeFolder,
  nodeFileSystem,
  standardError,
  standardOutput,
} from "@tapegrad/command-line";
import { TrialQueue } from "../driving/trial-queue.ts";
import { readResults } from "../results/results-file.ts";
import { bestFirst, tableOf } from "../results/table.ts";
import { type PlaceOptions, prepare, prepareQueue } from "./prepare.ts";

type RedisOptions = PlaceOptions & { readonly redis: string };

const say = (line: string) => standardError.write(`${line}\n`);

/** How many trials wait, run and have finished, by what Redis says. */
export async function status(file: string, options: RedisOptions): Promise<number> {
  const prepared = await prepare(file, options);
  const queue = await TrialQueue.open(await prepareQueue(prepared, options.redis, say));
  await using _ = { [Symbol.asyncDispose]: () => queue.close() };
  const { waiting, active, completed, failed } = await queue.counts();
  standardOutput.write(
    `${prepared.sweep.name}: ${await queue.workers()} workers; ${waiting} waiting, ${active} running, ${completed} done, ${failed} failed\n`,
  );
  return 0;
}

/** The table of all trials. Needs no Redis. */
export async function results(file: string, options: PlaceOptions): Promise<number> {
  const prepared = await prepare(file, options);
  const found = await readResults(prepared.path, prepared);
  if (found.length === 0)
    throw new CommandError(`there are no results in ${prepared.path} yet; start the sweep by the command run`);
  standardOutput.write(`${tableOf(bestFirst(found))}\n`);
  return 0;
}

/** Forgets the sweep: its queue, its results and what its trials have saved. */
export async function remove(file: string, options: RedisOptions): Promise<number> {
  const prepared = await prepare(file, options);
  const { folder } = prepared;
  const queue = await TrialQueue.open(await prepareQueue(prepared, options.redis, say));
  await using _ = { [Symbol.asyncDispose]: () => queue.close() };
  await explainingFailures(`cannot remove ${folder}`, async () => {
    await makeFolder(folder, nodeFileSystem);
    const lock = await FolderLock.take(folder, nodeFileSystem, { onDelay: say });
    await queue.remove();
    for (const name of ["results.jsonl", "trials"]) await rm(`${folder}/${name}`, { recursive: true, force: true });
    await lock.release();
  });
  say(`${prepared.sweep.name} is forgotten: its queue, and results and checkpoints in ${folder}`);
  return 0;
}
