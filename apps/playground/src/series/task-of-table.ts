/** The task of a run on a table. */
import type { TaskSettings } from "../engine/settings.ts";

export type SeriesSettings = Extract<TaskSettings, { kind: "series" }>;

/** Choices stay where the table still has their columns; else the last column is predicted from all of them. */
export function taskOfTable(
  columns: SeriesSettings["columns"],
  { inputs, predicted, ahead }: SeriesSettings,
): SeriesSettings {
  const names = columns.map(({ name }) => name);
  const isKnown = names.includes(predicted) && inputs.every((name) => names.includes(name));
  return isKnown
    ? { kind: "series", columns, inputs, predicted, ahead }
    : { kind: "series", columns, inputs: names, predicted: names.at(-1) ?? "", ahead: 1 };
}
