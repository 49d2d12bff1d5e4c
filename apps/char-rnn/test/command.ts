/** Running the command line in a folder of its own: as its users do, in a child process, or in this one, which is quicker. */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished, vi } from "vitest";
import { run } from "../src/commands/command-line.ts";
import { type Checkpoint, encodeCheckpoint, openCheckpoint } from "../src/files/checkpoint.ts";

export const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

// Children share what compiling the sources gave, and start three times faster.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), "char-rnn-compile-cache");

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that is removed when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "char-rnn-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the program in `folder`; `done` resolves when it ends. */
export function start(folder: string, words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ["--conditions=@tapegrad/source", main, ...words], {
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

export function runChild(folder: string, ...words: readonly string[]): Promise<Outcome> {
  return start(folder, words).done;
}

/** One at a time: the current folder and the standard streams are the whole process's. */
export async function runHere(folder: string, ...words: readonly string[]): Promise<Outcome> {
  const home = process.cwd();
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockReturnValue(true));
  process.chdir(folder);
  try {
    const code = await run(words);
    const [stdout = "", stderr = ""] = spies.map(({ mock }) => mock.calls.map(([text]) => String(text)).join(""));
    return { code, stdout, stderr };
  } finally {
    process.chdir(home);
    for (const spy of spies) spy.mockRestore();
  }
}

/** Every file under `folder` with its bytes. */
export async function contents(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(files.sort().map(async (file) => [file, await readFile(file, "hex")] as const)));
}

/** A model small enough to train in no time. */
export const tiny = ["--hidden", "8", "--batch", "2", "--window", "8"];

export async function bytesOf(checkpoint: Checkpoint): Promise<Buffer> {
  return Buffer.concat(await encodeCheckpoint(checkpoint));
}

export async function checkpointOf(bytes: Uint8Array, name: string): Promise<Checkpoint> {
  const source = { size: bytes.length, read: async (begin: number, end: number) => bytes.subarray(begin, end) };
  const { tensors, ...facts } = await openCheckpoint(source, name);
  return { ...facts, tensors: await tensors() };
}
