/** The kinds of tasks, as a table. */
import { AddingTask } from "./adding-task.ts";
import type { RunSettings, TaskSettings } from "../settings.ts";
import type { Task } from "./task.ts";
import { TextTask } from "./text-task.ts";

type MakeTask<Kind extends TaskSettings["kind"]> = (
  task: Extract<TaskSettings, { kind: Kind }>,
  settings: RunSettings,
) => Task;

const makers: { readonly [Kind in TaskSettings["kind"]]: MakeTask<Kind> } = {
  adding: ({ length }, { seed }) => new AddingTask(length, seed),
  text: ({ text }, { window }) => new TextTask(text, window),
};

/** @throws TapegradError for data that cannot be learned from. */
export function makeTask(settings: RunSettings): Task {
  const { task } = settings;
  return makers[task.kind](task, settings);
}
