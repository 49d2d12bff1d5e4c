/** The kinds of tasks, as a table. */
import { TapegradError } from "tapegrad";
import type { RunSettings, TaskSettings } from "../settings.ts";
import { AddingTask } from "./adding-task.ts";
import { SeriesTask } from "./series-task.ts";
import { ShapeTask } from "./shape-task.ts";
import type { Task } from "./task.ts";
import { TextTask } from "./text-task.ts";

type MakeTask<Kind extends TaskSettings["kind"]> = (
  task: Extract<TaskSettings, { kind: Kind }>,
  settings: RunSettings,
) => Task;

const makers: { readonly [Kind in TaskSettings["kind"]]: MakeTask<Kind> } = {
  adding: ({ length }, { seed }) => new AddingTask(length, seed),
  shape: ({ shape }) => new ShapeTask(shape),
  series: (task, { window }) => new SeriesTask(task, window),
  text: ({ text, vocabulary }, { window }) => new TextTask(text, window, vocabulary),
};

/** @throws TapegradError for data that cannot be learned from. */
export function makeTask(settings: RunSettings): Task {
  const { task } = settings;
  // A link of a later version of the page can name what this one does not have.
  if (!Object.hasOwn(makers, task.kind))
    throw new TapegradError("start", `no task is called ${JSON.stringify(task.kind)} here`, "choose one under Task");
  // The one cast: a maker takes the tasks of its own kind.
  const make = makers[task.kind] as (task: TaskSettings, settings: RunSettings) => Task;
  return make(task, settings);
}
