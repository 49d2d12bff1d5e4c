/** The first part of every command: it reads the description, plans the trials, and finds files and queue. */
import { join } from "node:path";
import { type LoadedSweep, loadSweep, trainingOf } from "../description/load-sweep.ts";
import { type Plan, planTrials } from "../description/plan.ts";
import { checkRedis, withoutPassword } from "../driving/redis.ts";
import type { QueueOptions } from "../driving/trial-queue.ts";

export interface Prepared {
  readonly sweep: LoadedSweep;
  readonly plan: Plan;
  readonly folder: string;
  /** Of the results. */
  readonly path: string;
}

export interface PlaceOptions {
  readonly out?: string | undefined;
}

/** @throws CommandError for what is wrong with the description. */
export async function prepare(file: string, { out }: PlaceOptions): Promise<Prepared> {
  const sweep = await loadSweep(file);
  await trainingOf(sweep);
  const folder = out ?? join("sweeps", sweep.name);
  return { sweep, plan: await planTrials(sweep), folder, path: join(folder, "results.jsonl") };
}

/** @throws CommandError when Redis does not answer. */
export async function prepareQueue(
  { sweep, plan }: Prepared,
  url: string,
  say: (line: string) => void,
): Promise<QueueOptions> {
  await checkRedis(url);
  let said = "";
  const onTrouble = (message: string) => {
    if (message === said) return;
    said = message;
    say(`Redis at ${withoutPassword(url)}: ${message}; trying again`);
  };
  return { url, name: sweep.name, digest: plan.digest, onTrouble };
}
