/** Trains a recurrent layer on a memory task until it is solved or the steps are used up, and measures it on new sequences. */
import { Adam, clipByGlobalNorm, compile, Generator, Tape } from "tapegrad";
import { standardCopied } from "../data/memory-tasks.ts";
import type { Display } from "../display.ts";
import { train } from "../training.ts";
import type { CellName } from "./cells.ts";
import { MemoryModel } from "./memory-model.ts";
import { addingTask, copyingTask, solved } from "./memory-task.ts";
import type { MemoryRecord } from "./records.ts";

const batchSize = 64;
/** Sequences that a model is measured on. */
const measured = 1000;
/** Steps between two looks at whether it is solved. */
const lookEvery = 100;

export interface MemoryOptions {
  readonly length: number;
  readonly cell: CellName;
  readonly seed: number;
  /** The most that are taken. */
  readonly steps: number;
  /** How many symbols there are to copy; ten by default. */
  readonly copied?: number;
}

export async function learnMemory(
  name: MemoryRecord["task"],
  { length, cell, seed, steps, copied = standardCopied }: MemoryOptions,
  display: Display,
): Promise<{ readonly record: MemoryRecord; readonly losses: readonly number[] }> {
  const startedAt = performance.now();
  const task = name === "adding" ? addingTask(length) : copyingTask(length, copied);
  const generator = (part: number) => new Generator(4 * seed + part);
  const model = new MemoryModel(cell, task.sizes, generator(0));
  const parameters = model.parameters();
  const optimizer = new Adam(parameters, { learningRate: task.learningRate });
  const training = generator(1);
  const trainStep = compile(() => {
    const batch = task.draw(training, batchSize);
    const tape = new Tape();
    const loss = tape.record(() => task.loss(model, batch));
    optimizer.step(clipByGlobalNorm(tape.gradient(loss, parameters), 1).gradients);
    return loss;
  });
  const errorOn = (sequences: Generator) => compile(() => task.error(model, task.draw(sequences, measured)));
  const look = errorOn(generator(2));
  const losses = await train(steps, display, () => trainStep(), {
    every: lookEvery,
    // Half of what counts, so that the last measurement, on other sequences, is not over it by chance.
    look: async () => ((await look().item()) <= solved / 2 ? "enough" : "go on"),
  });
  const error = Number((await errorOn(generator(3))().item()).toPrecision(4));
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  return { record: { task: name, length, cell, seed, steps: losses.length, error, seconds }, losses };
}
