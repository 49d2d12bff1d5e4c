/** The tasks of the menu, as a table: each choice is the settings that it changes. */
import { addingSettings } from "../adding-runs.ts";
import { defaultSettings, type RunSettings } from "../settings.ts";
import { exampleSeries } from "./example-series.ts";
import { type ShapeName, shapeNames } from "./shapes.ts";

export interface TaskChoice {
  /** Unique, for links and menus. */
  readonly id: string;
  readonly title: string;
  /** What is read, and what is asked for, in one sentence. */
  readonly description: string;
  /** The heading that it is listed under. */
  readonly group: "Text" | "Shapes of problems" | "Numbers";
  /** The task, and what else it needs to be learned in seconds. */
  readonly settings: Pick<RunSettings, "task"> & Partial<RunSettings>;
  /** The text of the task, where it is loaded when it is chosen. */
  readonly load?: () => Promise<string>;
}

/** What longer texts need. */
const forTexts = { hidden: 64, learningRate: 0.005 };

const shapeTitles: Readonly<Record<ShapeName, readonly [title: string, description: string]>> = {
  "one-to-one": ["One to one: two bits", "Reads two bits at once, and says whether they are the same."],
  "one-to-many": ["One to many: spell a digit", "Reads a digit, and spells its name letter by letter."],
  "many-to-one": [
    "Many to one: praise or blame",
    "Reads five words, and says whether they are praise; “not” turns it round.",
  ],
  "sequence-to-sequence": ["Sequence to sequence: reverse", "Reads three digits, then writes them backwards."],
  aligned: ["Aligned: parity", "Says after each bit whether the ones so far are even or odd in number."],
};

const emptyText = { kind: "text", text: "" } as const;

export const taskChoices: readonly TaskChoice[] = [
  {
    id: "hello",
    title: "hello",
    description: "Five letters: after each it says which one comes next.",
    group: "Text",
    settings: { task: defaultSettings.task },
  },
  {
    id: "hamlet",
    title: "Hamlet",
    description: "Speeches from the play: lines, names and Elizabethan words.",
    group: "Text",
    settings: { task: emptyText, ...forTexts },
    load: async () => (await import("../../texts/to-learn/hamlet.txt?raw")).default,
  },
  {
    id: "c",
    title: "Source code in C",
    description: "A program: brackets, indentation and keywords.",
    group: "Text",
    settings: { task: emptyText, ...forTexts },
    load: async () => (await import("../../texts/to-learn/c-source.txt?raw")).default,
  },
  {
    id: "latex",
    title: "Source in LaTeX",
    description: "A paper: environments that open and close, and formulas.",
    group: "Text",
    settings: { task: emptyText, ...forTexts },
    load: async () => (await import("../../texts/to-learn/latex-source.txt?raw")).default,
  },
  ...shapeNames.map((shape): TaskChoice => {
    const [title, description] = shapeTitles[shape];
    const settings = { task: { kind: "shape", shape }, learningRate: 0.02 } as const;
    return { id: shape, title, description, group: "Shapes of problems", settings };
  }),
  {
    id: "adding",
    title: "Adding two of 20 numbers",
    description: "Reads 20 numbers, two of them marked, and says the sum of these two after the last.",
    group: "Numbers",
    settings: addingSettings,
  },
  {
    id: "series",
    title: "Your own numbers (CSV)",
    description:
      "Reads a table row by row, and says what one of its columns will be. It comes with two waves as an example.",
    group: "Numbers",
    settings: { task: exampleSeries },
  },
];

/** The texts that have been loaded, by the choice's id. */
const loaded = new Map<string, string>();

/** What a choice changes, with its text. */
export async function settingsOf({ id, settings, load }: TaskChoice): Promise<TaskChoice["settings"]> {
  if (load === undefined) return settings;
  const text = loaded.get(id) ?? (await load());
  loaded.set(id, text);
  return { ...settings, task: { kind: "text", text } };
}

/** Whether a run is about this choice: of texts that have been loaded, it is the same one. */
export function isAbout({ id, settings }: TaskChoice, { task }: RunSettings): boolean {
  if (task.kind === "shape" && settings.task.kind === "shape") return settings.task.shape === task.shape;
  if (task.kind === "text" && settings.task.kind === "text")
    return task.text === (loaded.get(id) ?? settings.task.text);
  return settings.task.kind === task.kind;
}
