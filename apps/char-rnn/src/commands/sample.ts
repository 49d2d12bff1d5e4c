/** `sample`: writes text with a trained model, to standard output and nowhere else. */
import { randomInt } from "node:crypto";
import { Generator } from "tapegrad";
import type { Checkpoint } from "../files/checkpoint.ts";
import { defaultFolder, fileIn, readCheckpoint } from "../files/checkpoint-file.ts";
import { defaultPrompt, generate } from "../training/generation.ts";
import { CharacterModel } from "../training/model.ts";
import { inNoGroup } from "../training/tensor-groups.ts";
import { useBackend } from "./backends.ts";
import { CommandError } from "./command-error.ts";

/** What was typed, with the command line's defaults where one is needed. */
export interface SampleOptions {
  readonly checkpoint?: string | undefined;
  /** May be empty. */
  readonly prompt: string;
  readonly length?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topK?: number | undefined;
  readonly seed?: number | undefined;
  readonly backend?: string | undefined;
}

/** Returns the exit code. */
export async function sample(options: SampleOptions): Promise<number> {
  await useBackend(options.backend);
  const { file, checkpoint } = await readCheckpoint(options.checkpoint ?? fileIn(defaultFolder));
  const { vocabulary } = checkpoint;
  const { prompt, length = 500, temperature = 0.8, topK, seed = randomInt(2 ** 32) } = options;
  checkPrompt(prompt, checkpoint);
  const model = restoreModel(checkpoint, file);
  if (options.seed === undefined && temperature > 0) process.stderr.write(`seed ${seed}\n`);
  process.stdout.write(prompt);
  const start = prompt === "" ? defaultPrompt(vocabulary) : prompt;
  const generator = new Generator(seed);
  for await (const character of generate(model, vocabulary, { prompt: start, length, temperature, topK, generator })) {
    process.stdout.write(character);
  }
  process.stdout.write("\n");
  return 0;
}

function checkPrompt(prompt: string, { vocabulary }: Checkpoint): void {
  const unknown = vocabulary.unknown(prompt).map((character) => JSON.stringify(character));
  if (unknown.length === 0) return;
  const what = unknown.length === 1 ? "a character" : "characters";
  throw new CommandError(`the prompt has ${what} that the model does not know: ${unknown.join(" ")}`);
}

function restoreModel({ vocabulary, configuration, tensors }: Checkpoint, file: string): CharacterModel {
  const model = new CharacterModel(vocabulary.size, configuration, new Generator(0));
  try {
    model.loadStateDict(inNoGroup(tensors));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`the checkpoint ${file} does not fit its model: ${why}`, { cause });
  }
  return model;
}
