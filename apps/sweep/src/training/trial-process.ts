/**
 * The process that trains one trial in one rung, and ends. The worker that started it does not compute, so that it renews its
 * claim to the trial in time. If the worker is gone, this process ends too.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ifThere, nodeFileSystem, replaceFile } from "@tapegrad/command-line";
import { loadSweep, trainingOf } from "../description/load-sweep.ts";
import type { Trial } from "../description/sweep.ts";
import { runCommand } from "./command-training.ts";
import type { Assignment, Order, Report } from "./messages.ts";

const stopping = new AbortController();
let trainsItself = true;

process.on("disconnect", stop);
process.on("message", (order: Order) => {
  if (order === "stop") stop();
  else void work(order).then(tell);
});

function tell(report: Report): void {
  if (!process.connected) process.exit(0);
  process.send?.(report, () => process.exit(0));
}

function stop(): void {
  stopping.abort();
  if (trainsItself) process.exit(0); // A program that trains is given time to save.
}

async function work(assignment: Assignment): Promise<Report> {
  try {
    return { value: await train(assignment) };
  } catch (error) {
    return { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

async function train({ file, task, seed, folder }: Assignment): Promise<number> {
  const training = await trainingOf(await loadSweep(file));
  if (typeof training !== "function") {
    trainsItself = false;
    return runCommand(training, { task, seed, folder, signal: stopping.signal });
  }
  const state = join(folder, "state");
  const trial: Trial<never> = {
    trial: task.trial,
    parameters: task.parameters as never, // The description and the task agree by their digest.
    budget: task.budget,
    seed,
    resume: await ifThere(readFile(state)),
    save: async (bytes) => {
      await replaceFile(state, [bytes], nodeFileSystem);
    },
  };
  const value: unknown = await training(trial);
  if (typeof value !== "number") {
    throw new TypeError(`train: expected a number: ${JSON.stringify(value) ?? String(value)}; return the loss`);
  }
  return value;
}
