/** What a run can be about, as a table for menus: each choice is the settings that it changes. */
import { addingSettings } from "../adding-runs.ts";
import { defaultSettings, type RunSettings } from "../settings.ts";
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
}

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

export const taskChoices: readonly TaskChoice[] = [
  {
    id: "text",
    title: "Text",
    description: "Reads a text, and says after each character which one comes next.",
    group: "Text",
    settings: { task: defaultSettings.task },
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
];

/** Whether a run is about this choice. */
export function isAbout({ settings }: TaskChoice, { task }: RunSettings): boolean {
  return task.kind === "shape" && settings.task.kind === "shape"
    ? settings.task.shape === task.shape
    : settings.task.kind === task.kind;
}
