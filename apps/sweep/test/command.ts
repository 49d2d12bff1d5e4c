/** Running the program in a folder, as its users do. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Outcome, startProgram } from "@tapegrad/command-line/testing";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** The path of a description beside these tests. */
export const sweepFile = (name: string): string => fileURLToPath(new URL(`./sweeps/${name}`, import.meta.url));

export function start(folder: string, words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  return startProgram(main, folder, words, { npm_lifecycle_event: "sweep", ...environment });
}

export function runProgram(
  folder: string,
  words: readonly string[],
  environment?: NodeJS.ProcessEnv,
): Promise<Outcome> {
  return start(folder, words, environment).done;
}

/** A line of a results file. */
export interface Line {
  readonly trial: number;
  readonly rung: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly budget: number;
  readonly value: number | string | null;
  readonly error?: string;
  readonly seconds: number;
  readonly attempts: number;
}

/** The lines of the file in `folder`, in the order of rungs and trials. */
export async function linesOf(folder: string): Promise<Line[]> {
  const text = await readFile(join(folder, "results.jsonl"), "utf8");
  const lines: Line[] = text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  return lines.sort((a, b) => a.rung - b.rung || a.trial - b.trial);
}
