/** Running the command line in a folder of its own: as its users do, in a child process, or in this one, which is quicker. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Outcome, startProgram } from "@tapegrad/command-line/testing";
import { vi } from "vitest";
import { run } from "../src/commands/command-line.ts";
import { type Checkpoint, encodeCheckpoint, openCheckpoint } from "../src/files/checkpoint.ts";

export const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** Starts the program in `folder`; `done` resolves when it ends. */
export function start(folder: string, words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  return startProgram(main, folder, words, environment);
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
