/** Makes a run ready to train from its options. All faults of options are found here, before any work. */

import { CommandError } from "@tapegrad/command-line";
import type { Tensor } from "tapegrad";
import type { CheckpointFacts } from "../files/checkpoint.ts";
import { CheckpointFile } from "../files/checkpoint-file.ts";
import { lastOf } from "../files/file-names.ts";
import { defaultFolder, type FoundCheckpoint, fileIn, withCheckpoint } from "../files/read-checkpoint.ts";
import type { Screen } from "../processes/messages.ts";
import type { TransportName } from "../processes/place.ts";
import { type Configuration, defaultSteps } from "./configuration.ts";
import { configure } from "./configure.ts";
import { type Corpus, loadCorpus, trainingStreams } from "./corpus.ts";
import { Trainer } from "./trainer.ts";

/** What was typed; what was not is absent. */
export type TrainOptions = { readonly [Name in keyof Configuration]?: Configuration[Name] | undefined } & {
  readonly text?: string | undefined;
  readonly steps?: number | undefined;
  readonly saveEvery?: number | undefined;
  readonly backend?: string | undefined;
  readonly out?: string | undefined;
  readonly resume?: string | undefined;
  /** That train together, on this machine. */
  readonly processes?: number | undefined;
  readonly transport?: TransportName | undefined;
  /** How often the run is started again when a process dies. */
  readonly restarts?: number | undefined;
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

export interface Circumstances {
  /** That train together, this one among them; absent where there are no others. */
  readonly processes?: number | undefined;
  /** Called when a state has been saved. */
  readonly onSaved?: ((path: string, step: number) => void) | undefined;
}

/** @throws CommandError for anything that does not fit together. */
export async function prepareRun(
  options: TrainOptions,
  screen: Screen,
  { processes, onSaved }: Circumstances = {},
): Promise<Run> {
  const { resume } = options;
  const resumed =
    resume === undefined
      ? undefined
      : await withCheckpoint(resume, async ({ tensors, ...facts }, found) => ({
          facts,
          found,
          tensors: await tensors(),
        }));
  const configuration = configure(options, resumed?.facts.configuration, processes);
  const steps = options.steps ?? resumed?.facts.steps ?? defaultSteps;
  const corpus = await loadCorpus(options.text, (done) => screen.phase(`reading ${options.text}`, done));
  screen.endPhase();
  const streams = trainingStreams(corpus, configuration.batch, configuration.window);
  if (resumed !== undefined) {
    checkResumable(resumed.facts, resumed.found.file, corpus, { steps, textGiven: options.text !== undefined });
  }
  const trainer = new Trainer(corpus.vocabulary.size, configuration, streams);
  if (resumed !== undefined) restore(trainer, resumed.facts, resumed.tensors, resumed.found.file);
  const path = placeOf(options, resumed?.found);
  const textChanged = resumed !== undefined && resumed.facts.textDigest !== corpus.digest;
  // How well it predicted another text says nothing of this one.
  const onThisText = textChanged ? { textDigest: corpus.digest, heldOutBits: undefined } : {};
  const file = await CheckpointFile.prepare(path, {
    resumed: resumed && { ...resumed.facts, ...onThisText, identity: resumed.found.identity },
    say: screen.say,
    onSaved,
  });
  return { options, configuration, steps, corpus, trainer, file, textChanged };
}

/** Where the run is saved: in the folder that was asked for, or in place of what it goes on from. */
function placeOf({ out }: TrainOptions, resumed: FoundCheckpoint | undefined): string {
  if (out !== undefined) return fileIn(out);
  // The best state of a run, and what is left of earlier ones, stay as they are.
  return resumed === undefined ? fileIn(defaultFolder) : lastOf(resumed.file);
}

function checkResumable(
  { vocabulary, step }: CheckpointFacts,
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

function restore(
  trainer: Trainer,
  { step }: CheckpointFacts,
  tensors: Readonly<Record<string, Tensor>>,
  file: string,
): void {
  try {
    trainer.restore(step, tensors);
  } catch (cause) {
    throw new CommandError(`the checkpoint ${file} does not fit its model: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
