/** `train`: says what it is about to do, and does it. */

import { exitCodeOf, Interruption } from "@tapegrad/command-line";
import { Display } from "../terminal/display.ts";
import { baselinesOf, describeBaselines } from "../training/baselines.ts";
import { prepareRun, type Run, type TrainOptions } from "../training/run.ts";
import { runTraining } from "../training/training-run.ts";
import { useBackend } from "./backends.ts";

/** Returns the exit code. */
export async function train(options: TrainOptions): Promise<number> {
  const display = new Display();
  await useBackend(options.backend);
  const run = await prepareRun(options, display);
  await using _ = run.file;
  let trains = false;
  // Not before: until here a signal ends the program as it ends any, even while it waits for a text from a pipe.
  using interruption = new Interruption((signal) => {
    if (!trains) process.exit(exitCodeOf(signal)); // There is nothing to save yet.
    display.say("interrupted: saving after this step; once more to quit at once");
  });
  announce(run, display);
  const baselines = await baselinesOf(run.corpus, (done) => display.phase("counting n-grams", done));
  display.endPhase();
  display.say(describeBaselines(baselines));
  trains = true;
  return await runTraining(run, baselines, display, interruption);
}

function announce({ configuration, corpus, trainer, steps, options, textChanged }: Run, display: Display): void {
  const { cell, layers, hidden, batch, window } = configuration;
  const parameters = trainer.model.parameters().reduce((total, { size }) => total + size, 0);
  const count = (value: number) => value.toLocaleString("en");
  const many = (value: number, what: string) => `${count(value)} ${what}${value === 1 ? "" : "s"}`;
  display.say(
    `${corpus.name}: ${many(corpus.training.length, "character")} to train on, ${count(corpus.heldOut.length)} held out, ` +
      `${corpus.vocabulary.size} different`,
  );
  display.say(
    `${cell}, ${layers} × ${hidden}: ${count(parameters)} parameters; ${many(batch, "stream")}, ` +
      `${many(window, "character")} per step`,
  );
  if (options.resume !== undefined) display.say(`going on from step ${trainer.step} of ${steps}`);
  if (textChanged) display.say("the checkpoint was trained on another text; going on with this one");
}
