/** `worker`: takes trials of a sweep until it is stopped. */
import { join } from "node:path";
import { exitCodeOf, Interruption, standardError } from "@tapegrad/command-line";
import { takeTasks } from "../driving/trial-queue.ts";
import { runTrial } from "../training/run-trial.ts";
import { type PlaceOptions, prepare, prepareQueue } from "./prepare.ts";

/** Returns the exit code. */
export async function worker(file: string, options: PlaceOptions & { readonly redis: string }): Promise<number> {
  const driven = process.connected; // By a driver on this machine, which says itself what there is to say.
  const say = (line: string) => standardError.write(`${line}\n`);
  const prepared = await prepare(file, options);
  const { sweep, folder } = prepared;
  const queue = await prepareQueue(prepared, options.redis, say);
  const { promise: asked, resolve: stop } = Promise.withResolvers<void>();
  using interruption = new Interruption(() => {
    if (!driven) say("interrupted: giving the trial back; once more to quit at once");
    stop();
  });
  process.on("disconnect", stop);
  const tasks = await takeTasks(queue, async (task, signal) => {
    if (!driven) say(`trial ${task.trial}, budget ${task.budget}: ${JSON.stringify(task.parameters)}`);
    const trialFolder = join(folder, "trials", String(task.trial));
    const value = await runTrial({ file, task, seed: sweep.seed, folder: trialFolder }, signal);
    if (!driven) say(`trial ${task.trial}, budget ${task.budget}: ${value}`);
    return value;
  });
  if (!driven) say(`waiting for trials of ${sweep.name}; Ctrl-C ends this worker`);
  await asked;
  await tasks.stop();
  return driven || interruption.signal === undefined ? 0 : exitCodeOf(interruption.signal);
}
