/** From options to a ready run. Everything that can be wrong with them is found here, before any work. */

import { CommandError } from "../commands/command-error.ts";
import type { Checkpoint } from "../files/checkpoint.ts";
import { CheckpointFile, defaultFolder, fileIn, readCheckpoint } from "../files/checkpoint-file.ts";
import {
  type Configuration,
  configurationNames,
  defaultConfiguration,
  defaultSteps,
  optionName,
} from "./configuration.ts";
import { type Corpus, loadCorpus, trainingStreams } from "./corpus.ts";
import { Trainer } from "./trainer.ts";

/** What was typed; what was not is absent. */
export type TrainOptions = { readonly [Name in keyof Configuration]?: Configuration[Name] | undefined } & {
  readonly text?: string | undefined;
  readonly steps?: number | undefined;
  readonly backend?: string | undefined;
  readonly out?: string | undefined;
  readonly resume?: string | undefined;
};

/** A run that can begin. */
export interface Run {
  readonly options: TrainOptions;
  readonly configuration: Configuration;
  readonly steps: number;
  readonly corpus: Corpus;
  readonly trainer: Trainer;
  readonly file: CheckpointFile;
  /** Whether a resumed run was on another text before. */
  readonly textChanged: boolean;
}

/** @throws CommandError for anything that does not fit together. */
export async function prepareRun(options: TrainOptions): Promise<Run> {
  const resumed = options.resume === undefined ? undefined : await readCheckpoint(options.resume);
  const configuration = configure(options, resumed?.checkpoint);
  const steps = options.steps ?? resumed?.checkpoint.steps ?? defaultSteps;
  const corpus = await loadCorpus(options.text);
  const streams = trainingStreams(corpus, configuration.batch, configuration.window);
  if (resumed !== undefined) {
    checkResumable(resumed.checkpoint, resumed.file, corpus, { steps, textGiven: options.text !== undefined });
  }
  const trainer = new Trainer(corpus.vocabulary.size, configuration, streams);
  if (resumed !== undefined) restore(trainer, resumed.checkpoint, resumed.file);
  const path = options.out === undefined ? (resumed?.file ?? fileIn(defaultFolder)) : fileIn(options.out);
  const file = await CheckpointFile.prepare(path, { continues: path === resumed?.file });
  const textChanged = resumed !== undefined && resumed.checkpoint.textDigest !== corpus.digest;
  return { options, configuration, steps, corpus, trainer, file, textChanged };
}

/** The checkpoint's configuration, or the defaults with the options over them. */
function configure(options: TrainOptions, checkpoint: Checkpoint | undefined): Configuration {
  if (checkpoint === undefined) {
    const typed = configurationNames.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]));
    return { ...defaultConfiguration, ...Object.fromEntries(typed) };
  }
  const { configuration } = checkpoint;
  for (const name of configurationNames) {
    const typed = options[name] ?? configuration[name];
    if (typed !== configuration[name]) {
      throw new CommandError(
        `${optionName(name)} ${typed} is not the checkpoint's ${configuration[name]}; a resumed run keeps its configuration`,
      );
    }
  }
  return configuration;
}

function checkResumable(
  { vocabulary, step }: Checkpoint,
  file: string,
  corpus: Corpus,
  { steps, textGiven }: { readonly steps: number; readonly textGiven: boolean },
): void {
  if (vocabulary.characters.join("") !== corpus.vocabulary.characters.join("")) {
    const sizes = `${vocabulary.size} different characters there, ${corpus.vocabulary.size} here`;
    throw new CommandError(
      textGiven
        ? `the checkpoint ${file} was trained on a text of other characters than ${corpus.name} (${sizes}); give that one as --text`
        : `the checkpoint ${file} was not trained on ${corpus.name} (${sizes}); give the text that it was trained on as --text`,
    );
  }
  if (step >= steps) {
    throw new CommandError(`the checkpoint ${file} is at step ${step} of ${steps} already; ask for more with --steps`);
  }
}

function restore(trainer: Trainer, { step, tensors }: Checkpoint, file: string): void {
  try {
    trainer.restore(step, tensors);
  } catch (cause) {
    throw new CommandError(`the checkpoint ${file} does not fit its model: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
