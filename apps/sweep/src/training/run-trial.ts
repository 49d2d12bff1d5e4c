/** Trains one trial in a process of its own. If that process dies, the worker goes on. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolder, nodeFileSystem } from "@tapegrad/command-line";
import { GivenBack, TrainingFailed } from "../driving/trial-queue.ts";
import type { Assignment, Order, Report } from "./messages.ts";

const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
const program = fileURLToPath(new URL(`./trial-process.${extension}`, import.meta.url));
/** For a process to end that was asked to; one that computes without a pause does not hear it. */
const patienceMilliseconds = 3000;

/**
 * Returns the value. What the training writes is appended to `log.txt` in the trial's folder.
 * @throws TrainingFailed for an error of the training, GivenBack when `signal` was aborted, Error when the process was killed.
 */
export async function runTrial(assignment: Assignment, signal: AbortSignal): Promise<number> {
  await makeFolder(assignment.folder, nodeFileSystem);
  await using log = await open(join(assignment.folder, "log.txt"), "a");
  const child = fork(program, {
    stdio: ["ignore", log.fd, log.fd, "ipc"],
    detached: true, // So that the terminal's Ctrl-C does not reach it: the worker decides.
    serialization: "advanced", // JSON would make null of NaN.
  });
  let report: Report | undefined;
  child.on("message", (message: Report) => {
    report = message;
  });
  const ended = once(child, "exit");
  const send = (order: Order) => child.send(order, () => {}); // One that has ended hears nothing, and says so below.
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    send("stop");
    timer = setTimeout(() => child.kill("SIGKILL"), patienceMilliseconds);
  };
  signal.addEventListener("abort", stop);
  send(assignment);
  if (signal.aborted) stop();
  const [code, killedBy]: (number | string | null)[] = await ended;
  clearTimeout(timer);
  signal.removeEventListener("abort", stop);
  if (report !== undefined && "value" in report) return report.value;
  if (signal.aborted) throw new GivenBack();
  if (report !== undefined) throw new TrainingFailed(report.error);
  const how = killedBy === null ? `ended with ${code}` : `was killed by ${killedBy}`;
  if (killedBy === null) throw new TrainingFailed(`the process that trained ${how} without a value`);
  throw new Error(`the process that trained ${how}`);
}
