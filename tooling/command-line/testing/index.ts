/** For tests of programs of the command line: a folder of its own, and the program in a child process, as its users run it. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

// Children share what compiling the sources gave, and start three times faster.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), "tapegrad-compile-cache");

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that is removed when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tapegrad-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the program, whose entry is `main`, in `folder`, by `launcher` if any; `done` resolves when it ends. */
export function startProgram(
  main: string,
  folder: string,
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  launcher: readonly string[] = [],
) {
  const [file = "", ...rest] = [...launcher, process.execPath, "--conditions=@tapegrad/source", main, ...words];
  const child = spawn(file, rest, {
    cwd: folder,
    env: { ...process.env, npm_lifecycle_event: "start", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const done = new Promise<Outcome>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  /** Resolves when standard error has had `text`; rejects when the program ends without. */
  const said = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => (stderr.includes(text) ? resolve() : undefined);
      child.stderr.on("data", look);
      child.on("close", () => reject(new Error(`it never said ${JSON.stringify(text)}: ${stderr}`)));
      look();
    });
  return { child, done, said };
}
