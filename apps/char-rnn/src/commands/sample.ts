/** `sample`: writes text with a trained model to standard output. */
import { randomInt } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { CommandError, standardError, standardOutput, VisibleCharacters } from "@tapegrad/command-line";
import { Generator, type Tensor } from "tapegrad";
import type { CheckpointFacts } from "../files/checkpoint.ts";
import { defaultFolder, fileIn, withCheckpoint } from "../files/read-checkpoint.ts";
import { defaultPrompt, generate } from "../training/generation.ts";
import { CharacterModel } from "../training/model.ts";
import { isModels } from "../training/tensor-groups.ts";
import { useBackend } from "./backends.ts";

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
  const { facts, model } = await withCheckpoint(
    options.checkpoint ?? fileIn(defaultFolder),
    async ({ tensors, ...facts }, { file }) => {
      checkPrompt(options.prompt, facts);
      return { facts, model: restoreModel(facts, await tensors(isModels), file) };
    },
  );
  const { vocabulary } = facts;
  const { prompt, length = 500, temperature = 0.8, topK, seed = randomInt(2 ** 32) } = options;
  if (options.seed === undefined && temperature > 0) standardError.write(`seed ${seed}\n`);
  const start = prompt === "" ? defaultPrompt(vocabulary) : prompt;
  const generator = new Generator(seed);
  await writeText(prompt, generate(model, vocabulary, { prompt: start, length, temperature, topK, generator }));
  return 0;
}

/**
 * Writes characters as they come, and stops when nobody reads them any more. A terminal gets control characters as pictures;
 * anything else, the text as it is. @throws CommandError when they cannot be written.
 */
async function writeText(prompt: string, characters: AsyncIterable<string>): Promise<void> {
  const shown = standardOutput.isTerminal ? new VisibleCharacters() : undefined;
  const write = (text: string) => standardOutput.write(shown?.add(text) ?? text);
  write(prompt);
  for await (const character of characters) {
    write(character);
    await nextTurn(); // What happens to the output arrives between turns.
    if (standardOutput.failure !== undefined) break;
  }
  standardOutput.write(`${shown?.end() ?? ""}\n`);
  await nextTurn();
  const { failure, isClosed } = standardOutput;
  if (failure !== undefined && !isClosed) {
    throw new CommandError(`cannot write the text: ${failure}`, { exitCode: 1 });
  }
}

function checkPrompt(prompt: string, { vocabulary }: CheckpointFacts): void {
  const unknown = vocabulary.unknown(prompt).map((character) => JSON.stringify(character));
  if (unknown.length === 0) return;
  const what = unknown.length === 1 ? "a character" : "characters";
  throw new CommandError(`the prompt has ${what} that the model does not know: ${unknown.join(" ")}`);
}

function restoreModel(
  { vocabulary, configuration }: CheckpointFacts,
  tensors: Readonly<Record<string, Tensor>>,
  file: string,
): CharacterModel {
  const model = new CharacterModel(vocabulary.size, configuration, new Generator(0));
  try {
    model.loadStateDict(tensors);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`the checkpoint ${file} does not fit its model: ${why}`, { cause });
  }
  return model;
}
