/** The training loop with all that happens beside the steps: progress, samples, saving, interruption, the last word. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { Generator } from "tapegrad";
import { CommandError } from "../commands/command-error.ts";
import { commandLine, optional } from "../commands/hints.ts";
import type { Display } from "../terminal/display.ts";
import { exitCodeOf, Interruption } from "../terminal/interruption.ts";
import { type Progress, ProgressMeter } from "../terminal/progress.ts";
import { type Baseline, describeVerdict } from "./baselines.ts";
import { defaultPrompt, generate } from "./generation.ts";
import { glance, heldOutBits } from "./held-out.ts";
import { lookInterval, sampleInterval } from "./pace.ts";
import type { Run } from "./run.ts";

const sampleLength = 200;
const sampleTemperature = 0.8;

/** Returns the exit code. */
export async function runTraining(run: Run, baselines: readonly Baseline[], display: Display): Promise<number> {
  using interruption = new Interruption(() =>
    display.say("interrupted: saving after this step; once more to quit at once"),
  );
  const stopped = () => interruption.signal !== undefined;
  try {
    await takeSteps(run, display, stopped);
  } finally {
    display.finish();
  }
  await save(run);
  if (!stopped()) await conclude(run, baselines, display, stopped);
  if (interruption.signal === undefined) return 0;
  display.say(`saved step ${run.trainer.step} of ${run.steps} to ${run.file.path}`);
  if (run.trainer.step < run.steps) display.say(`go on with: ${resumeCommand(run)}`);
  return exitCodeOf(interruption.signal);
}

async function takeSteps(run: Run, display: Display, stopped: () => boolean): Promise<void> {
  const { trainer, steps, configuration, corpus } = run;
  const meter = new ProgressMeter(trainer.step, steps, configuration.batch * configuration.window);
  const [lookEvery, sampleEvery] = [lookInterval(steps), sampleInterval(steps)];
  while (trainer.step < steps && !stopped()) {
    const progress = await step(run, meter);
    const look = trainer.step % lookEvery === 0;
    if (look) meter.heldOutBits = await heldOutBits(trainer.model, corpus.heldOut.subarray(0, glance + 1), stopped);
    display.update({ ...progress, heldOutBits: meter.heldOutBits }, { now: look });
    if (trainer.step % sampleEvery === 0 && !stopped()) {
      display.sample(`a sample after ${trainer.step} steps:`, await sampleText(run));
      await save(run);
    }
    await nextTurn(); // Signals arrive between turns.
  }
}

async function step({ trainer, corpus, steps, configuration }: Run, meter: ProgressMeter): Promise<Progress> {
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

function save({ file, trainer, configuration, steps, corpus }: Run): Promise<void> {
  const { vocabulary, digest } = corpus;
  const { step } = trainer;
  return file.save({ configuration, vocabulary, step, steps, textDigest: digest, tensors: trainer.tensors() });
}

async function conclude(
  run: Run,
  baselines: readonly Baseline[],
  display: Display,
  stopped: () => boolean,
): Promise<void> {
  const { corpus, trainer, file, options } = run;
  display.say(`saved step ${trainer.step} to ${file.path}; reading all of the held-out text …`);
  const bits = await heldOutBits(trainer.model, corpus.heldOut, stopped);
  if (stopped()) return;
  display.say(`held-out text: ${bits.toFixed(3)} bits per character; ${describeVerdict(bits, baselines)}`);
  const text = optional("--text", options.text);
  display.say("");
  display.say("what to try next:");
  for (const command of [
    commandLine("sample", "--checkpoint", file.path, "--length", "300", "--temperature", "0.7"),
    resumeCommand(run, 2 * run.steps),
    commandLine("train", ...text, "--cell", "gru", "--layers", "2", "--steps", String(run.steps), "--out", "runs/gru"),
    ...(options.text === undefined
      ? [commandLine("train", "--text", "a-book-of-yours.txt", "--out", "runs/mine")]
      : []),
  ]) {
    display.say(`  ${command}`);
  }
}

function resumeCommand({ file, options }: Run, steps?: number): string {
  const total = optional("--steps", steps === undefined ? undefined : String(steps));
  return commandLine("train", "--resume", file.path, ...total, ...optional("--text", options.text));
}
