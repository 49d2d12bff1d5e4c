/** A whole run, in the process that talks to the user: the only one, or rank 0 of several. */

import { CommandError, exitCodeOf, Interruption } from "@tapegrad/command-line";
import { type Communicator, threads } from "@tapegrad/parallel";
import type { Ended, Screen } from "../processes/messages.ts";
import { placeOfThisProcess } from "../processes/place.ts";
import type { SupervisorLine } from "../processes/supervisor-line.ts";
import { baselinesOf, describeBaselines } from "../training/baselines.ts";
import { prepareRun, type Run, type TrainOptions } from "../training/run.ts";
import { Team } from "../training/team.ts";
import { runTraining } from "../training/training-run.ts";

export interface Surroundings {
  readonly screen: Screen;
  /** The processes that train together, where there are several. */
  readonly world?: Communicator | undefined;
  /** To the supervisor that has started them, if any. */
  readonly line?: SupervisorLine | undefined;
}

/** Returns the exit code. */
export async function lead(options: TrainOptions, surroundings: Surroundings): Promise<number> {
  const { screen, world, line } = surroundings;
  const onSaved = (path: string, step: number) => line?.send({ saved: { path, step } });
  const run = await orDismiss(world, () => prepareRun(options, screen, { processes: world?.size, onSaved }));
  let trains = false;
  // Not before: until here a signal ends the program as it ends any, even while it waits for a text from a pipe.
  using interruption = new Interruption((signal) => {
    if (!trains) process.exit(exitCodeOf(signal)); // There is nothing to save yet.
    screen.say("interrupted: saving after this step; once more to quit at once");
  });
  if (line !== undefined) line.onSignal = (signal) => interruption.receive(signal);
  return await together(run, surroundings, interruption, async (begin) => {
    await using _ = run.file;
    const isRestart = placeOfThisProcess().assignment?.isRestart === true;
    announce(run, screen, { world, isRestart });
    const baselines = await baselinesOf(run.corpus, (done) => screen.phase("counting n-grams", done));
    screen.endPhase();
    if (!isRestart) screen.say(describeBaselines(baselines));
    await begin();
    trains = true;
    line?.send({ trains: true });
    return await runTraining(run, baselines, screen, interruption);
  });
}

/** Before there is a team, the others wait for word of one. */
async function orDismiss<T>(world: Communicator | undefined, prepare: () => Promise<T>): Promise<T> {
  try {
    return await prepare();
  } catch (error) {
    if (world !== undefined && error instanceof CommandError) {
      Team.dismiss(world);
      world.close();
    }
    throw error;
  }
}

/**
 * Does `action`, which calls `begin` before the first step, by all processes; where the batch has several shards, a single one does
 * as several would. How the run ended is said before the processes part: those that a launcher is ending cannot.
 */
async function together(
  { configuration, corpus, trainer }: Run,
  { world, line }: Surroundings,
  interruption: Interruption,
  action: (begin: () => Promise<void>) => Promise<number>,
): Promise<number> {
  let team: Team | undefined;
  const begin = async () => {
    if (world === undefined && configuration.shards === 1) return;
    const setup = { configuration, vocabularySize: corpus.vocabulary.size };
    team = Team.lead(world ?? (await threads(1)), setup, (signal) => {
      if (interruption.signal === undefined) interruption.receive(signal);
    });
    trainer.lead(team);
  };
  const part = async (ended: Ended) => {
    await line?.end({ ended });
    team?.order({ kind: "end" });
    world?.close();
  };
  try {
    const code = await action(begin);
    await part({ code });
    return code;
  } catch (error) {
    // After any other fault, the others are not where an order would be heard.
    if (error instanceof CommandError) await part({ code: error.exitCode, message: error.message });
    throw error;
  }
}

function announce(
  { configuration, corpus, trainer, steps, options, textChanged }: Run,
  screen: Screen,
  { world, isRestart }: { readonly world: Communicator | undefined; readonly isRestart: boolean },
): void {
  const { cell, layers, hidden, batch, window, shards } = configuration;
  const count = (value: number) => value.toLocaleString("en");
  const many = (value: number, what: string) => `${count(value)} ${what}${value === 1 ? "" : "s"}`;
  if (!isRestart) {
    const parameters = trainer.model.parameters().reduce((total, { size }) => total + size, 0);
    screen.say(
      `${corpus.name}: ${many(corpus.training.length, "character")} to train on, ${count(corpus.heldOut.length)} held out, ` +
        `${corpus.vocabulary.size} different`,
    );
    screen.say(
      `${cell}, ${layers} × ${hidden}: ${count(parameters)} parameters; ${many(batch, "stream")}` +
        `${shards === 1 ? "" : ` in ${shards} shards`}, ${many(window, "character")} per step` +
        `${world === undefined ? "" : `, by ${world.size} process${world.size === 1 ? "" : "es"}`}`,
    );
  }
  if (options.resume !== undefined) screen.say(`going on from step ${trainer.step} of ${steps}`);
  if (textChanged) screen.say("the checkpoint was trained on another text; going on with this one");
}
