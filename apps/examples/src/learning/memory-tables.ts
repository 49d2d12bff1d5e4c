/** The measurements of the memory tasks as tables: a column per cell, a row per length. */
import { addingBaseline, copyingBaseline, standardCopied } from "../data/memory-tasks.ts";
import { percent } from "../example.ts";
import { table } from "../table.ts";
import { cellNames } from "./cells.ts";
import { solved } from "./memory-task.ts";
import type { MemoryRecord } from "./records.ts";

interface Task {
  readonly name: MemoryRecord["task"];
  readonly says: (copied: number) => string;
  readonly show: (error: number) => string;
}

const tasks: readonly Task[] = [
  {
    name: "adding",
    says: () =>
      `Adding two marked numbers out of many: mean squared error on new sequences after so many steps (✓ solved: at most ${solved}; ` +
      `always answering 1: ${addingBaseline.toFixed(3)}).`,
    show: (error) => error.toFixed(4),
  },
  {
    name: "copying",
    says: (copied) =>
      `Repeating ${copied} symbols after a pause: share of symbols repeated wrongly, on new sequences, after so many steps ` +
      `(✓ solved: at most ${percent(solved)}; guessing: ${percent(copyingBaseline)}).`,
    show: percent,
  },
];

/** A table for each task that has records; `copied` symbols are those of the copying task. */
export function memoryTables(records: readonly MemoryRecord[], copied = standardCopied): string {
  return tasks
    .flatMap(({ name, says, show }) => {
      const ofTask = records.filter(({ task }) => task === name);
      const lengths = [...new Set(ofTask.map(({ length }) => length))].sort((a, b) => a - b);
      const rows = lengths.map((length) => [
        String(length),
        ...cellNames.map((cell) =>
          entry(
            ofTask.filter((record) => record.length === length && record.cell === cell),
            show,
          ),
        ),
      ]);
      const header = ["time steps", ...cellNames.map((cell) => cell.toUpperCase())];
      return rows.length === 0 ? [] : [`${says(copied)}\n\n${table(header, rows)}`];
    })
    .join("\n\n");
}

/** One cell on one length, all seeds: `0.0043 after 900 ✓; 0.0041 after 1200 ✓`. */
function entry(records: readonly MemoryRecord[], show: (error: number) => string): string {
  if (records.length === 0) return "–";
  const runs = records.map(({ error, steps }) => `${show(error)} after ${steps}${error <= solved ? " ✓" : ""}`);
  return runs.join("; ");
}
