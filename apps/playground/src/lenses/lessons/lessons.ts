/** The lessons as states of the page, and how their tasks are verified. */

import { templates } from "../../engine/own-cell/templates.ts";
import { defaultSettings, type RunSettings, type TaskSettings } from "../../engine/settings.ts";
import { taskChoices } from "../../engine/tasks/choices.ts";
import { writeRun } from "../../link/run-link.ts";
import { heldCodec } from "../inside/held-codec.ts";
import { reach } from "../units/sizes.ts";
import type { Evidence, Lesson, LessonId, LessonStep, RunState } from "./lesson.ts";

/** Seven a and one b: whoever counts to eight knows when the b comes. */
const counting: TaskSettings = { kind: "text", text: "aaaaaaab".repeat(32) };

/** Lewis Carroll, 1865. */
const crocodile: TaskSettings = {
  kind: "text",
  text: `How doth the little crocodile
Improve his shining tail,
And pour the waters of the Nile
On every golden scale!

How cheerfully he seems to grin,
How neatly spreads his claws,
And welcomes little fishes in,
With gently smiling jaws!
`,
};

/** Bits per character that nobody gets below without having learned the text. */
const learnable = 0.1;
/** The position of the second l in "hello". */
const secondL = 3;
/** The features that the pretrained model follows by single units. */
const brackets: readonly string[] = ["square", "curly"];

const pretrained = async () => (await import("../../engine/opened/pretrained.ts")).pretrainedSettings();

export const lessons: Readonly<Record<LessonId, Lesson>> = {
  "one-function": {
    places: [{ lens: "inside", settings: shapeSettings("many-to-one"), step: 0 }, { lens: "inside" }],
    verify: ({ run }) =>
      textOf(run).length >= 20 && isOf(textOf(run), "hello") && hasDefaults(run, "cell", "hidden", "layers"),
  },
  hello: {
    places: [{ lens: "train", step: 0 }, { lens: "train" }],
    verify: async ({ run }) =>
      textOf(run) === "hello" && isBelow(run, learnable) && (await writesAfter(run, "h", 4)) === "ello",
  },
  temperature: {
    places: [
      { lens: "train", settings: { task: crocodile, cell: "GRU", hidden: 32 }, step: 0 },
      { lens: "train", settings: { task: crocodile, cell: "GRU", hidden: 32 } },
    ],
    verify: ({ run, place }) => {
      const bigram = run.summary?.baselines.find(({ name }) => name === "bigram")?.loss ?? 0;
      return isBelow(run, bigram) && option(place, "temperature", 0.8) >= 1.5;
    },
  },
  window: {
    places: [
      { lens: "train", settings: { task: counting, cell: "RNN", window: 2 }, step: 0 },
      {
        lens: "gradients",
        settings: { task: counting, cell: "RNN", window: 2 },
        cursor: 31,
        options: { "gradients.part": "live" },
      },
    ],
    verify: ({ run }) => isTask(run, counting) && isBelow(run, learnable),
  },
  vanishing: {
    places: [
      { lens: "gradients", options: scalar(1, 3) },
      { lens: "gradients", options: scalar(1, 3) },
    ],
    verify: async ({ run, place }) => {
      const steps = option(place, "gradients.T", 3);
      if (steps !== 10) return false;
      const { gradients } = await run.ask("scalarFlow", {
        x: option(place, "gradients.x", 1),
        weight: option(place, "gradients.W", 3),
        bias: option(place, "gradients.b", 1),
        steps,
      });
      return Math.abs(gradients[0] ?? 0) > 1000;
    },
  },
  gates: {
    places: [
      { lens: "inside", options: { "inside.view": "forgetting" } },
      { lens: "inside", step: 200, cursor: secondL, options: { "inside.view": "step" } },
    ],
    verify: async ({ run, place }) => {
      const held = heldCodec.decode(place.get("inside.held") ?? "");
      if (textOf(run) !== "hello" || held?.position !== secondL || held.unit !== "all") return false;
      const { outputs, freeOutputs, output } = await run.ask("inside", { position: secondL, layer: 0, unit: 0, held });
      const vocabulary = output.kind === "tokens" ? output.vocabulary : [];
      const o = secondL * vocabulary.length + vocabulary.indexOf("o");
      return (freeOutputs?.[o] ?? 0) >= 0.5 && (outputs[o] ?? 1) < 0.5;
    },
  },
  "long-memory": {
    places: [{ lens: "compare" }, { lens: "compare" }],
    verify: ({ compared }) => {
      const of = (cells: readonly string[]) => compared.filter(({ settings }) => cells.includes(settings.cell));
      return (
        of(["LSTM", "GRU"]).some((run) => isAdding(run) && isBelow(run, 0.03)) &&
        of(["RNN"]).some((run) => isAdding(run) && run.step > 0 && !isBelow(run, 0.1))
      );
    },
  },
  unit: {
    places: [
      { lens: "units", settings: pretrained, step: 0 },
      { lens: "units", settings: pretrained },
    ],
    verify: async ({ run }) => {
      if (run.settings.weights?.kind !== "pretrained") return false;
      const position = Math.floor(run.cursor / reach) * reach;
      const { features } = await run.ask("unitRanking", { position });
      const asked = features.filter(({ id }) => brackets.includes(id));
      return asked.some(({ units: [best] }) => best?.layer === run.unit.layer && best.unit === run.unit.unit);
    },
  },
  "own-cell": {
    places: [{ lens: "own-cell", step: 0 }, { lens: "own-cell" }],
    verify: ({ run }) => {
      const { cell, cellSource = "" } = run.settings;
      const isOwn = cell === "own" && templates.every(({ source }) => bare(source) !== bare(cellSource));
      return isOwn && textOf(run) === "hello" && isBelow(run, learnable);
    },
  },
};

/** The names and values of a link that set the page up for a step; undefined where the lesson has no such step. */
export async function parametersOf({ lesson, at }: LessonStep): Promise<Record<string, string> | undefined> {
  const place = lessons[lesson].places[at];
  if (place === undefined) return undefined;
  const { lens, cursor = 0, options } = place;
  const given = typeof place.settings === "function" ? await place.settings() : place.settings;
  const settings = { ...defaultSettings, ...given };
  const { step, unit: _, ...names } = await writeRun({ settings, step: place.step ?? 0, cursor, unit: [0, 0] });
  // A step that names no training step keeps what has been learned, where the settings are the same.
  return { lens, ...options, ...names, ...(place.step === undefined ? {} : { step }) };
}

function scalar(x: number, steps: number): Readonly<Record<string, string>> {
  return { "gradients.part": "scalar", "gradients.x": String(x), "gradients.T": String(steps) };
}

function shapeSettings(id: string): Partial<RunSettings> {
  return taskChoices.find((choice) => choice.id === id)?.settings ?? {};
}

/** A cell's source without what makes no difference. */
function bare(source: string): string {
  return source.replaceAll(/\/\/.*$/gm, "").replaceAll(/\s+/g, "");
}

function textOf({ settings }: RunState): string {
  return settings.task.kind === "text" ? settings.task.text : "";
}

function isOf(text: string, letters: string): boolean {
  return [...text].every((letter) => letters.includes(letter)) && [...letters].every((letter) => text.includes(letter));
}

function hasDefaults({ settings }: RunState, ...names: readonly (keyof RunSettings)[]): boolean {
  return names.every((name) => settings[name] === defaultSettings[name]);
}

function isTask({ settings }: RunState, task: TaskSettings): boolean {
  return JSON.stringify(settings.task) === JSON.stringify(task);
}

function isAdding({ settings }: RunState): boolean {
  return settings.task.kind === "adding";
}

function isBelow({ loss }: RunState, limit: number): boolean {
  return loss !== undefined && loss < limit;
}

async function writesAfter({ ask }: RunState, prompt: string, length: number): Promise<string> {
  return ask("writing", { prompt, length, temperature: 0, seed: 1 });
}

function option(place: Evidence["place"], name: string, initial: number): number {
  const text = place.get(name);
  return text === null || !Number.isFinite(Number(text)) ? initial : Number(text);
}
