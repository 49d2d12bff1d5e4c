/**
 * The cost of the first step of a task, in a fresh process: `node first-call.ts '<task>' [compile]` prints the milliseconds of
 * recording and compiling, and, without `compile`, of the first step.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { wasmBackend } from "@tapegrad/backend-wasm";
import { median } from "./median.ts";
import type { Task } from "./tasks.ts";
import { TrainingStep } from "./training-step.ts";

/** Median milliseconds over `processes`, from the call of a compiled step to its loss. */
export function firstCall(task: Task, processes = 3): Promise<number> {
  return inFreshProcesses("step", task, processes);
}

/** Median milliseconds over `processes`, from the function to the WebAssembly instance, which is not called. */
export function compileTime(task: Task, processes = 3): Promise<number> {
  return inFreshProcesses("compile", task, processes);
}

type What = "step" | "compile";

function measure(what: What, task: Task): number {
  const step = new TrainingStep(task);
  const began = performance.now();
  if (what === "step") step.advance();
  else wasmBackend().compile?.(step.program());
  return performance.now() - began;
}

const program = fileURLToPath(import.meta.url);

async function inFreshProcesses(what: What, task: Task, processes: number): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < processes; i++) {
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--conditions=@tapegrad/source",
      program,
      what,
      JSON.stringify(task),
    ]);
    samples.push(Number(stdout));
  }
  return median(samples);
}

if (process.argv[1] === program) {
  const [what, task] = process.argv.slice(2);
  if ((what !== "step" && what !== "compile") || task === undefined)
    throw new Error("usage: first-call.ts step|compile <task>");
  console.log(measure(what, JSON.parse(task)));
}
