/** A trial that another program trains, such as `char-rnn train`. */
import { spawn } from "node:child_process";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, ifThere, makeFolder, nodeFileSystem } from "@tapegrad/command-line";
import type { CommandTraining } from "../description/sweep.ts";
import type { Task } from "../driving/trial-queue.ts";

export interface CommandTrial {
  readonly task: Task;
  readonly seed: number;
  readonly folder: string;
  /** The program is asked to end, as by a termination. */
  readonly signal: AbortSignal;
}

/** Returns the value that the program wrote. @throws Error with its last line when it fails. */
export async function runCommand(training: CommandTraining, trial: CommandTrial): Promise<number> {
  const folder = join(trial.folder, "files");
  await makeFolder(folder, nodeFileSystem);
  const words = wordsOf(training.command, { ...trial, folder });
  const { resume = [], checkpoint } = training;
  if (checkpoint !== undefined && (await ifThere(stat(join(folder, checkpoint)))) !== undefined) {
    try {
      return await valueBy(
        training,
        [...words, ...wordsOf(resume, { ...trial, folder }, { all: false })],
        trial.signal,
      );
    } catch (error) {
      if (trial.signal.aborted || errorCode(error) !== undefined) throw error;
      // It was killed when all was trained and only the value was missing, or has left what it cannot read itself: from the start.
      await rm(folder, { recursive: true });
      await makeFolder(folder, nodeFileSystem);
    }
  }
  return valueBy(training, words, trial.signal);
}

/** The words with values for placeholders. If `all`, parameters that none of them names are appended. */
export function wordsOf(
  words: readonly string[],
  { task, seed, folder }: Omit<CommandTrial, "signal">,
  { all = true } = {},
): string[] {
  const values = new Map<string, string>(
    Object.entries({ ...task.parameters, budget: task.budget, trial: task.trial, seed, folder }).map(
      ([name, value]) => [name, String(value)],
    ),
  );
  const named = new Set<string>();
  const filled = words.map((word) =>
    word.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => {
      named.add(name);
      return values.get(name) ?? placeholder;
    }),
  );
  const rest = Object.entries(task.parameters).filter(([name]) => all && !named.has(name));
  return [...filled, ...rest.flatMap(([name, value]) => [optionName(name), String(value)])];
}

/** `learningRate` as it is typed: `--learning-rate`. */
function optionName(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

async function valueBy({ value }: CommandTraining, words: readonly string[], signal: AbortSignal): Promise<number> {
  const { code, text } = await outputOf(words, signal);
  const last = text.trimEnd().split("\n").at(-1) ?? "";
  if (code !== 0) throw new Error(`${words[0]} ended with ${code}: ${last}`);
  const found = [...text.matchAll(new RegExp(value, "g"))].at(-1)?.[1];
  if (found === undefined) throw new Error(`${words[0]} wrote nothing that fits ${JSON.stringify(value)}: ${last}`);
  const number = Number(found);
  if (Number.isNaN(number) && !/^nan$/i.test(found)) {
    throw new Error(`${words[0]} wrote a value that is no number: ${found}`);
  }
  return number;
}

/** What the program writes goes to the log as well. A session of its own keeps the terminal's Ctrl-C from it. */
function outputOf(words: readonly string[], signal: AbortSignal): Promise<{ code: number | string; text: string }> {
  const [program = "", ...rest] = words;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    const end = () => child.kill("SIGTERM");
    signal.addEventListener("abort", end);
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
        process.stdout.write(piece);
      });
    }
    child.on("error", reject);
    child.on("close", (code, killedBy) => {
      signal.removeEventListener("abort", end);
      resolve({ code: code ?? killedBy ?? "no code", text });
    });
  });
}
