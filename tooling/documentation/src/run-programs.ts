/**
 * Runs many programs in few processes. A program that never ends, or that ends its process, is reported, and the others go on.
 */
import { spawn } from "node:child_process";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./program-process.ts";

export interface ProgramToRun {
  /** The program's file. */
  readonly path: string;
  readonly code: string;
}

/** Milliseconds after which a program counts as hanging: more than any takes, on a machine that does other work too. */
const patience = 120_000;

/** What outlives a program, or counts what others left behind; whoever uses it has a process of its own. */
const outlives =
  /\b(setBackend|setDefaultDType|memory|webgpu|wasm|spawn|fork|listen)\(|\b(process\.|globalThis)|worker_threads|node:test|new Worker/;

/** That of a reader's terminal whose output goes into a file: without colours, and without a test runner's options. */
function environment(): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, NODE_OPTIONS: __, ...others } = process.env;
  return { NODE_COMPILE_CACHE: join(tmpdir(), "documentation-compile-cache"), ...others };
}

/** Runs the programs and returns how each ended, by its path. */
export async function runPrograms(
  programs: readonly ProgramToRun[],
  limit = patience,
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const apart = programs.filter(({ code }) => outlives.test(code));
  const together = programs.filter(({ code }) => !outlives.test(code));
  const workers = Math.min(availableParallelism(), 4);
  const size = Math.ceil(together.length / (2 * workers));
  const lists = Array.from({ length: 2 * workers }, (_, i) => together.slice(i * size, (i + 1) * size));
  const queue = [...lists.filter((list) => list.length > 0), ...apart.map((program) => [program])];
  const work = async () => {
    for (let list = queue.shift(); list !== undefined; list = queue.shift()) await runList(list, outcomes, limit);
  };
  await Promise.all(Array.from({ length: workers }, work));
  return outcomes;
}

/** Runs a list in one process, and what a program that took it along left over in the next. */
async function runList(list: readonly ProgramToRun[], outcomes: Map<string, Outcome>, limit: number): Promise<void> {
  const left = new Map(list.map((program) => [program.path, program]));
  while (left.size > 0) {
    const { current, failure } = await runProcess([...left.values()], limit, (path, outcome) => {
      outcomes.set(path, outcome);
      left.delete(path);
    });
    const [next] = left.keys();
    const lost = current !== undefined && left.has(current) ? current : next;
    if (lost !== undefined) outcomes.set(lost, { output: "", failure });
    if (lost !== undefined) left.delete(lost);
  }
}

interface End {
  /** The program that was running last. */
  readonly current: string | undefined;
  /** Why the process ended, in case that it was not at an end. */
  readonly failure: string;
}

function runProcess(
  list: readonly ProgramToRun[],
  limit: number,
  report: (path: string, outcome: Outcome) => void,
): Promise<End> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        "--conditions=@tapegrad/source",
        "--disable-warning=ExperimentalWarning",
        fileURLToPath(new URL("program-process.ts", import.meta.url)),
        ...(list.some(({ code }) => /\bwebgpu\(/.test(code)) ? ["--webgpu"] : []),
        ...list.map(({ path }) => path),
      ],
      {
        env: environment(),
        stdio: ["ignore", "ignore", "pipe", "pipe"],
      },
    );
    let current: string | undefined;
    let errors = "";
    let hangs = false;
    const kill = () => {
      hangs = true;
      child.kill("SIGKILL");
    };
    let watch = setTimeout(kill, limit);
    child.stderr?.on("data", (text: Buffer) => {
      errors += text;
    });
    createInterface({ input: child.stdio[3] as Readable }).on("line", (line) => {
      const { path, outcome }: { path: string; outcome?: Outcome } = JSON.parse(line);
      clearTimeout(watch);
      watch = setTimeout(kill, limit);
      if (outcome === undefined) current = path;
      else report(path, outcome);
    });
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(watch);
      const end = hangs ? `it did not end within ${limit / 1000} s` : `its process ended with code ${code}`;
      resolve({ current, failure: [end, errors.trim()].filter((part) => part !== "").join("\n") });
    });
  });
}
