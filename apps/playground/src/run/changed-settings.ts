/** Derives a run's new settings when some of them change: weights from elsewhere fit only one model. */
import type { RunSettings } from "../engine/settings.ts";

/** What a model that came from elsewhere goes on with. */
const keepsTheModel: ReadonlySet<string> = new Set([
  "task",
  "learningRate",
  "clip",
  "window",
  "weights",
  "architecture",
]);

/** Another text is read with the vocabulary of the model; another model is drawn from the seed again. */
export function changedSettings(settings: RunSettings, change: Partial<RunSettings>): RunSettings {
  const next: RunSettings = { ...settings, ...change };
  if (settings.weights === undefined || settings.task.kind !== "text") return next;
  const { vocabulary, ...text } = settings.task;
  const keeps = next.task.kind === "text" && Object.keys(change).every((key) => keepsTheModel.has(key));
  if (keeps && next.task.kind === "text" && vocabulary !== undefined)
    return { ...next, task: { vocabulary, ...next.task } };
  const { weights: _, architecture: __, ...fresh } = next;
  return change.task === undefined ? { ...fresh, task: text } : fresh;
}
