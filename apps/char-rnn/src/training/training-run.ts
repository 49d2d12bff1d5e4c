/** The training loop, with everything beside the steps: progress, samples, saving, interruption, the final report. */

import { CommandError, exitCodeOf, type Interruption } from "@tapegrad/command-line";
import { Generator } from "tapegrad";
import { resumeCommand, sampleCommand, trainCommand } from "../commands/hints.ts";
import type { Screen } from "../processes/messages.ts";
import { type Progress, ProgressMeter } from "../terminal/progress.ts";
import { type Baseline, describeVerdict } from "./baselines.ts";
import { defaultPrompt, generate } from "./generation.ts";
import { glance, heldOutBits } from "./held-out.ts";
import { lookInterval, sampleInterval } from "./pace.ts";
import type { Run } from "./run.ts";
import { Saver } from "./saver.ts";

const sampleLength = 200;
const sampleTemperature = 0.8;

/** Returns the exit code. @throws CommandError when the training diverges, or its end cannot be saved. */
export async function runTraining(
  run: Run,
  baselines: readonly Baseline[],
  screen: Screen,
  interruption: Pick<Interruption, "signal">,
): Promise<number> {
  const stopped = () => interruption.signal !== undefined;
  const firstStep = run.trainer.step;
  const saver = new Saver(run, screen);
  let lastLook: number | undefined;
  try {
    lastLook = await takeSteps(run, screen, saver, stopped);
  } finally {
    screen.finish();
  }
  const { step } = run.trainer;
  if (step !== firstStep && run.file.savedStep !== step) await saver.saveLast(lastLook);
  if (!stopped()) await conclude(run, baselines, screen, stopped);
  if (interruption.signal === undefined) return 0;
  if (step === firstStep) {
    screen.say("no step was taken, so nothing is saved");
    return exitCodeOf(interruption.signal);
  }
  screen.say(`saved step ${step} of ${run.steps} to ${run.file.path}`);
  screen.say(await run.file.describe());
  if (step < run.steps) screen.command(resumeCommand(run.file.path, run.options), "go on with: ");
  return exitCodeOf(interruption.signal);
}

/** Returns the bits per character of a look at the held-out text after the last step, undefined when there was none. */
async function takeSteps(run: Run, screen: Screen, saver: Saver, stopped: () => boolean): Promise<number | undefined> {
  const { trainer, steps, configuration, options } = run;
  const meter = new ProgressMeter(trainer.step, steps, configuration.batch * configuration.window);
  const [lookEvery, sampleEvery] = [lookInterval(steps), sampleInterval(steps)];
  const saveEvery = options.saveEvery ?? sampleEvery;
  let looked: number | undefined;
  while (trainer.step < steps && !stopped()) {
    const progress = await takeStep(run, meter);
    const saves = trainer.step % saveEvery === 0 || saver.isDue;
    const looks = trainer.step % lookEvery === 0 || saves || trainer.step === steps;
    looked = looks ? await look(run, stopped) : undefined;
    meter.heldOutBits = looked ?? meter.heldOutBits;
    screen.update({ ...progress, heldOutBits: meter.heldOutBits }, { now: looks });
    if (trainer.step % sampleEvery === 0 && !stopped()) {
      screen.sample(`a sample after ${trainer.step} step${trainer.step === 1 ? "" : "s"}:`, await sampleText(run));
    }
    if (saves && !stopped()) await saver.save(looked);
  }
  return looked;
}

/** Bits per character on a part of the held-out text; undefined when that was broken off. */
async function look({ trainer, corpus }: Run, stopped: () => boolean): Promise<number | undefined> {
  const bits = await heldOutBits(trainer.model, corpus.heldOut.subarray(0, glance + 1), stopped);
  return stopped() ? undefined : bits;
}

async function takeStep({ trainer, corpus, steps, configuration }: Run, meter: ProgressMeter): Promise<Progress> {
  const startedAt = performance.now();
  const result = trainer.advance();
  const [loss, norm] = await Promise.all([result.loss.item(), result.norm.item()]);
  if (!Number.isFinite(loss + norm)) {
    throw new CommandError(
      `training on ${corpus.name} diverged at step ${trainer.step} of ${steps}: the loss is ${loss}, and the norm of the ` +
        `gradient ${norm}; start a new run with a --learning-rate below ${configuration.learningRate}`,
      { exitCode: 1 },
    );
  }
  return meter.add(trainer.step, loss / Math.LN2, norm, performance.now() - startedAt);
}

/** Drawn from a generator of its own, so that sampling leaves no trace in the training. */
async function sampleText({ trainer, corpus: { vocabulary } }: Run): Promise<string> {
  let text = "";
  for await (const character of generate(trainer.model, vocabulary, {
    prompt: defaultPrompt(vocabulary),
    length: sampleLength,
    temperature: sampleTemperature,
    generator: new Generator(trainer.step),
  })) {
    text += character;
  }
  return text;
}

async function conclude(
  run: Run,
  baselines: readonly Baseline[],
  screen: Screen,
  stopped: () => boolean,
): Promise<void> {
  const { corpus, trainer, file, options, steps } = run;
  screen.say(`saved step ${trainer.step} to ${file.path}; reading all of the held-out text …`);
  const bits = await heldOutBits(trainer.model, corpus.heldOut, stopped, (done) =>
    screen.phase("reading all of the held-out text", done),
  );
  screen.endPhase();
  if (stopped()) return;
  screen.say(`held-out text: ${bits.toFixed(3)} bits per character; ${describeVerdict(bits, baselines)}`);
  screen.say(await file.describe());
  screen.say("");
  screen.say("what to try next:");
  screen.command(sampleCommand(run));
  screen.command(resumeCommand(run.file.path, run.options, 2 * steps));
  screen.command(trainCommand(run, { cell: "gru", layers: 2, steps, out: "runs/gru" }));
  if (options.text === undefined) screen.command(trainCommand(run, { text: "a-book-of-yours.txt", out: "runs/mine" }));
}
