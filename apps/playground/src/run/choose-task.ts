/** Starts a run on another task, with settings that learn it in seconds. Cell, layers and seed stay. */
import { defaultSettings } from "../engine/settings.ts";
import { settingsOf, type TaskChoice } from "../engine/tasks/choices.ts";
import type { Run } from "./run.ts";

export async function chooseTask(run: Run, choice: TaskChoice): Promise<void> {
  const { cell, layers, seed, cellSource } = run.settings.peek();
  const kept = { cell, layers, seed, ...(cellSource === undefined ? {} : { cellSource }) };
  await run.start({ ...defaultSettings, ...kept, ...(await settingsOf(choice)) });
}
