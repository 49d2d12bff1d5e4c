/**
 * Runs programs one after the other in this process, which is faster than a process each, because the packages are loaded once.
 * Parameters are the programs' paths, after `--webgpu` if they need an adapter. For each, a line of JSON on file descriptor 3
 * says that it starts, and another how it ended.
 */
import { mkdirSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";

/** How a program ended: what it printed, and what it threw, if it did. */
export interface Outcome {
  readonly output: string;
  /** It was not run: this machine has no adapter for WebGPU. */
  readonly skipped?: boolean;
  readonly failure?: string;
}

class Exit extends Error {}

const tell = (message: object) => writeSync(3, `${JSON.stringify(message)}\n`);
const exit = process.exit.bind(process);
let written = "";
let stop: (problem: unknown) => void = () => {};

process.exit = (code) => {
  const status = code ?? process.exitCode ?? 0;
  throw new Exit(`process.exit(${status})`, { cause: Number(status) === 0 ? "success" : "failure" });
};
process.stdout.write = (text: string | Uint8Array) => {
  written += typeof text === "string" ? text : new TextDecoder().decode(text);
  return true;
};
process.on("uncaughtException", (error) => stop(error));
process.on("unhandledRejection", (error) => stop(error));
process.on("beforeExit", () => stop(new Error("it waits for something that never happens")));

async function outcomeOf(path: string): Promise<Outcome> {
  written = "";
  const stopped = new Promise<unknown>((resolve) => {
    stop = resolve;
  });
  const before = process.getActiveResourcesInfo().length;
  const ended = import(pathToFileURL(path).href).then(
    () => quiet(before),
    (error: unknown) => error,
  );
  const problem = await Promise.race([ended, stopped]);
  stop = () => {};
  if (problem === undefined || (problem instanceof Exit && problem.cause === "success")) return { output: written };
  return { output: written, failure: (problem instanceof Error && problem.stack) || String(problem) };
}

/** Resolves when the program waits for no more than others did `before`; or soon, for it may listen or repeat without end. */
async function quiet(before: number): Promise<void> {
  for (let turns = 0; turns < 100; turns++) {
    await setTimeout(turns === 0 ? 0 : 10);
    if (process.getActiveResourcesInfo().length <= before) return;
  }
}

/** Points Dawn in Node at Chromium's software adapter. @returns whether programs are left out, for lack of any adapter. */
async function lacksAdapter(): Promise<boolean> {
  const { withoutAdapter } = await import("../../../packages/backend-webgpu/test/adapter.ts");
  return withoutAdapter;
}

const paths = process.argv.slice(2).filter((word) => word !== "--webgpu");
const skipped = process.argv.includes("--webgpu") && (await lacksAdapter());

for (const path of paths) {
  const folder = join(dirname(path), ".files");
  mkdirSync(folder, { recursive: true });
  process.chdir(folder);
  tell({ path });
  tell({ path, outcome: skipped ? { output: "", skipped } : await outcomeOf(path) });
}
exit(0);
