/** The arguments of `pnpm bench`. */
import { parseArgs } from "node:util";
import { type Task, tasks, writtenCellTasks } from "./tasks.ts";

export const parts = ["matmul", "lstm", "eager", "cells", "compiling", "memory", "threads", "webgpu"] as const;
export type Part = (typeof parts)[number];

export interface Request {
  /** In the order of the report. */
  readonly parts: readonly Part[];
  /** Training steps of the library's layers, and of cells as users write them. */
  readonly tasks: readonly Task[];
  readonly cells: readonly Task[];
  readonly seconds: number;
  readonly npmPeers: boolean;
  /** Whether this is all there is, so that the document can be written. */
  readonly complete: boolean;
}

/** @throws Error for a part, a task or a number that does not exist. */
export function parseCommandLine(words: readonly string[]): Request {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      tasks: { type: "string" },
      seconds: { type: "string", default: "5" },
      "without-npm": { type: "boolean", default: false },
    },
  });
  const chosen = parts.filter((part) => positionals.includes(part));
  const unknown = positionals.filter((word) => !chosen.some((part) => part === word));
  if (unknown.length > 0)
    throw new Error(`no such benchmark: ${unknown.join(", ")}; use ${parts.join(", ")}, or none of them for all`);
  const names = values.tasks?.split(",").map((name) => name.trim());
  const all = [...tasks, ...writtenCellTasks];
  const missing = names?.filter((name) => !all.some((task) => task.name === name)) ?? [];
  if (missing.length > 0)
    throw new Error(`no such task: ${missing.join(", ")}; use ${all.map(({ name }) => name).join(", ")}`);
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new Error(`--seconds is not a positive number: ${values.seconds}`);
  const among = (list: readonly Task[]) => (names ? list.filter(({ name }) => names.includes(name)) : list);
  return {
    parts: chosen.length > 0 ? chosen : parts,
    tasks: among(tasks),
    cells: among(writtenCellTasks),
    seconds,
    npmPeers: !values["without-npm"],
    complete: chosen.length === 0 && names === undefined && !values["without-npm"],
  };
}
