/** Makes a table the data of the run. Faults of the file are found first, so that the present data stay. */
import { exampleSeries } from "../../engine/tasks/example-series.ts";
import type { Run } from "../../run/run.ts";
import { textOfFile } from "../../run/text-of-file.ts";
import { taskOfTable } from "../../series/task-of-table.ts";
import { openModelTexts } from "../../texts/open-model.ts";

export function isTable({ name }: File): boolean {
  return /\.[ct]sv$/i.test(name);
}

/** @throws Error with what is wrong, or what the engine refuses. */
export async function openTable(run: Run, file: File): Promise<void> {
  const text = await textOfFile(file);
  if (text === undefined) throw new Error(openModelTexts.noText);
  const read = (await import("../../series/read-csv.ts")).readCsv(text);
  if (read.kind === "bad") throw new Error(read.problem);
  const { task } = run.settings.peek();
  await run.configure({ task: taskOfTable(read.columns, task.kind === "series" ? task : exampleSeries) });
  if (run.problem.peek() !== undefined) throw new Error(run.problem.peek());
}
