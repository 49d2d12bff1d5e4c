/** `train`: says what it is about to do, and does it. */

import { Display } from "../terminal/display.ts";
import { baselinesOf, describeBaselines } from "../training/baselines.ts";
import { prepareRun, type Run, type TrainOptions } from "../training/run.ts";
import { runTraining } from "../training/training-run.ts";
import { useBackend } from "./backends.ts";

/** Returns the exit code. */
export async function train(options: TrainOptions): Promise<number> {
  await useBackend(options.backend);
  const run = await prepareRun(options);
  const display = new Display();
  announce(run, display);
  const baselines = baselinesOf(run.corpus);
  display.say(describeBaselines(baselines));
  return runTraining(run, baselines, display);
}

function announce({ configuration, corpus, trainer, steps, options, textChanged }: Run, display: Display): void {
  const { cell, layers, hidden, batch, window } = configuration;
  const parameters = trainer.model.parameters().reduce((total, { size }) => total + size, 0);
  const count = (value: number) => value.toLocaleString("en");
  display.say(
    `${corpus.name}: ${count(corpus.training.length)} characters to train on, ${count(corpus.heldOut.length)} held out, ` +
      `${corpus.vocabulary.size} different`,
  );
  display.say(
    `${cell}, ${layers} × ${hidden}: ${count(parameters)} parameters; ${batch} streams, ${window} characters per step`,
  );
  if (options.resume !== undefined) display.say(`going on from step ${trainer.step} of ${steps}`);
  if (textChanged) display.say("the checkpoint was trained on another text; going on with this one");
}
