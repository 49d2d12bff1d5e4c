/** Adding two marked numbers of a sequence (Hochreiter and Schmidhuber, 1997), judged after the last step: only memory solves it. */
import { Generator, TapegradError, tensor } from "tapegrad";
import { addingElements } from "./adding-elements.ts";
import type { Batch, Passage, Task } from "./task.ts";

/** Mean squared error of always answering 1, the mean of the sums: 2 · 1/12. */
export const addingBaseline = 1 / 6;

const batch = 32;
/** Sequences that are never trained on: what lenses look at, and what is measured. */
const heldOutCount = 64;
/** Below this mean squared error on the held-out sequences, the task is solved: answers are off by about 0.1. */
const solvedBelow = 0.01;

interface Drawn {
  /** [sequence, time, 2]: a number from [0, 1), and 1 where it is marked. */
  readonly inputs: Float32Array;
  /** [sequence, time, 1]: the sum at the last step, 0 before. */
  readonly targets: Float32Array;
}

export class AddingTask implements Task {
  readonly input = addingElements.input;
  readonly output = addingElements.output;
  readonly batch = batch;
  readonly window: number;
  readonly weights: readonly number[];
  readonly length: number;
  readonly solvedBelow = solvedBelow;
  readonly baselines = [{ name: "always 1", loss: addingBaseline }];
  readonly #seed: number;
  readonly #heldOut: Drawn;

  /** @throws TapegradError for fewer than two steps, as there are two marks. */
  constructor(length: number, seed: number) {
    if (!Number.isInteger(length) || length < 2 || length > 200)
      throw new TapegradError("start", `sequences of ${length} steps`, "choose a whole number from 2 to 200");
    this.window = length;
    this.weights = Array.from({ length }, (_, time) => (time === length - 1 ? 1 : 0));
    this.length = heldOutCount * length;
    this.#seed = seed;
    this.#heldOut = drawn(seed, 0, heldOutCount, length);
  }

  at(step: number): Batch {
    return { ...this.#tensors(drawn(this.#seed, step + 1, batch, this.window), batch), fresh: true };
  }

  /** The held-out sequences side by side. */
  heldOut(): Batch {
    return { ...this.#tensors(this.#heldOut, heldOutCount), fresh: true };
  }

  passage(position: number): Passage {
    const { window } = this;
    const sequence = Math.floor(Math.min(position, this.length - 1) / window);
    const start = sequence * window;
    const inputs = this.#heldOut.inputs.subarray(2 * start, 2 * (start + window));
    const targets = this.#heldOut.targets.subarray(start, start + window);
    return {
      start,
      inputLabels: Array.from({ length: window }, (_, time) => {
        const number = (inputs[2 * time] ?? 0).toFixed(2);
        return inputs[2 * time + 1] === 1 ? `[${number}]` : number;
      }),
      targetLabels: Array.from(targets, (target, time) => (time === window - 1 ? target.toFixed(2) : "")),
      ...this.#tensors({ inputs, targets }, 1),
      before: undefined,
    };
  }

  #tensors({ inputs, targets }: Drawn, count: number) {
    return {
      inputs: tensor(inputs, { shape: [count, this.window, 2] }),
      targets: tensor(targets, { shape: [count, this.window, 1] }),
    };
  }
}

/** Some sequences, the same for the same seed and stream. One mark is in each half. */
function drawn(seed: number, stream: number, count: number, length: number): Drawn {
  // The model's initial weights come from stream 0 of the seed.
  const random = new Generator((seed % 2 ** 32) + 2 ** 32 * (stream + 1)).uniform([count, length + 2]).dataSync();
  const inputs = new Float32Array(count * length * 2);
  const targets = new Float32Array(count * length);
  const half = Math.floor(length / 2);
  for (let sequence = 0; sequence < count; sequence++) {
    const row = sequence * (length + 2);
    for (let time = 0; time < length; time++) inputs[2 * (sequence * length + time)] = random[row + time] ?? 0;
    const marks = [
      Math.floor((random[row + length] ?? 0) * half),
      half + Math.floor((random[row + length + 1] ?? 0) * (length - half)),
    ];
    for (const time of marks) inputs[2 * (sequence * length + time) + 1] = 1;
    targets[(sequence + 1) * length - 1] = marks.reduce((sum, time) => sum + (random[row + time] ?? 0), 0);
  }
  return { inputs, targets };
}
