/** The data from which an export's programs are written: plain data about a run, and the contents of the file beside them. */
import type { StartOfRun } from "../engine/answers/start-of-run.ts";
import type { RunSummary } from "../engine/protocol.ts";
import type { RunSettings } from "../engine/settings.ts";
import { widthOf } from "../engine/tasks/task.ts";

export interface Recipe {
  readonly settings: RunSettings;
  readonly summary: RunSummary;
  readonly start: StartOfRun;
}

/** The file that lies beside a program. */
export const besideName = "run.safetensors";

/** Steps that a program takes, and whose batches are beside it where they do not come from a text. */
export const programSteps = 200;

/** Whether the data are in the program, as a text; otherwise they are beside it. */
export function hasText({ settings }: Pick<Recipe, "settings">): boolean {
  return settings.task.kind === "text";
}

/** Whether the weights come from the seed; otherwise they are beside the program. */
export function isSeeded({ settings }: Pick<Recipe, "settings">): boolean {
  return settings.weights === undefined;
}

export function sizesOf({ settings, summary }: Recipe) {
  const { hidden, architecture } = settings;
  const [inputs, outputs] = [widthOf(summary.input), widthOf(summary.output)];
  const embedding = summary.input.kind === "tokens" ? (architecture?.embedding ?? hidden) : 0;
  return { inputs, outputs, hidden, embedding, first: embedding === 0 ? inputs : embedding };
}

/** What the page calls the loss. */
export function unitOf({ settings, summary }: Recipe): string {
  if (summary.output.kind === "numbers") return "mean squared error";
  return settings.task.kind === "text" ? "bits per character" : "bits per answer";
}

/** "one layer of 16 LSTM units" */
export function modelInWords({ layers, hidden, cell }: RunSettings): string {
  const count = layers === 1 ? "one layer" : `${layers} layers`;
  return `${count} of ${hidden} ${cell === "own" ? "units of a cell of one's own" : `${cell} units`}`;
}

/** What the network learns, for a first sentence. */
export function taskInWords({ kind }: RunSettings["task"]): string {
  return kind === "text" ? "Predicts the next character of a text" : `Learns the task "${kind}"`;
}
