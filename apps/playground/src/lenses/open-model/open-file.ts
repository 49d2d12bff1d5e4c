/** Makes the model in a file the run. Faults of the file are found first, so that the present run stays. */
import type { OpenedModel } from "../../engine/opened/open-model.ts";
import type { RunSettings } from "../../engine/settings.ts";
import type { Run } from "../../run/run.ts";
import { remember } from "../../run/starting-points.ts";
import { openModelTexts } from "../../texts/open-model.ts";

export interface OpenedFile {
  readonly model: OpenedModel;
  readonly milliseconds: number;
}

/** A file whose vocabulary must be typed. */
export interface Unnamed {
  readonly file: File;
  readonly characters: number;
}

/** Fine-tuning takes smaller steps than learning from nothing. */
const learningRate = 0.001;
const writtenLength = 400;
/** Characters of a text that a model can be watched on. */
const telling = 40;

/** `typed` is the vocabulary, where the file has none. @throws ModelFileError, or what the engine refuses. */
export async function openFile(run: Run, file: File, typed?: string): Promise<OpenedFile | Unnamed> {
  const { checkVocabulary, openModel } = await import("../../engine/opened/open-model.ts");
  const { readVocabulary } = await import("../../engine/opened/vocabulary.ts");
  const begin = performance.now();
  const model = openModel(new Uint8Array(await file.arrayBuffer()));
  if (model.vocabulary === undefined && typed === undefined) return { file, characters: model.characters };
  const vocabulary = model.vocabulary ?? readVocabulary(typed ?? "");
  checkVocabulary(vocabulary, model.characters);
  const text = textFor(run, model, vocabulary);
  const settings: RunSettings = {
    ...fresh(run.settings.value),
    ...model.settings,
    task: { kind: "text", text: text ?? placeholderOf(vocabulary), vocabulary },
    learningRate,
    weights: remember(file.name, model.weights),
  };
  await start(run, settings);
  const milliseconds = performance.now() - begin;
  if (text === undefined)
    await start(run, { ...settings, task: { kind: "text", text: await written(run), vocabulary } });
  return { model, milliseconds };
}

/** Without what only another model has. */
function fresh({ architecture: _, weights: __, cellSource: ___, ...settings }: RunSettings): RunSettings {
  return settings;
}

async function start(run: Run, settings: RunSettings): Promise<void> {
  await run.start(settings);
  if (run.problem.value !== undefined) throw new Error(run.problem.value);
}

/** The file's own text, or the run's, if the model knows all of its characters. */
function textFor(run: Run, { text }: OpenedModel, vocabulary: readonly string[]): string | undefined {
  const known = new Set(vocabulary);
  const { task } = run.settings.value;
  const present = task.kind === "text" && task.text.length >= telling ? task.text : undefined;
  return [text, present].find(
    (candidate) => candidate !== undefined && [...candidate].every((character) => known.has(character)),
  );
}

/** All characters once, until the model has written something better. @throws Error for a vocabulary of words. */
function placeholderOf(vocabulary: readonly string[]): string {
  const characters = vocabulary.filter((symbol) => [...symbol].length === 1);
  if (characters.length < 2) throw new Error(openModelTexts.ofWords);
  return characters.join("");
}

/** What the model writes itself. */
async function written(run: Run): Promise<string> {
  const { task, seed } = run.settings.value;
  const characters = task.kind === "text" ? [...task.text] : [];
  const prompt = ["\n", " "].find((character) => characters.includes(character)) ?? characters[0] ?? "";
  return run.ask("writing", { prompt, temperature: 0.8, length: writtenLength, seed });
}
