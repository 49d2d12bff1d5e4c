/** The figures of a training run, and the line that shows them. */
import { formatDuration } from "@tapegrad/command-line";

export interface Progress {
  readonly step: number;
  readonly steps: number;
  /** Undefined after the first step, which also compiles. */
  readonly charactersPerSecond: number | undefined;
  /** Bits per character on the training text, smoothed over the last steps. */
  readonly trainingBits: number;
  /** Bits per character on the held-out text when it was last looked at. */
  readonly heldOutBits: number | undefined;
  readonly gradientNorm: number;
  /** Undefined while there are too few steps to tell. */
  readonly secondsLeft: number | undefined;
}

/** Before that many steps, an estimate of the time left would be little more than a guess. */
const stepsToTell = 6;

/** Keeps the figures that are made of several steps. */
export class ProgressMeter {
  readonly #steps: number;
  readonly #charactersPerStep: number;
  readonly #firstStep: number;
  #firstDoneAt = 0;
  #trainingMilliseconds = 0;
  #averageBits: number | undefined;
  heldOutBits: number | undefined;

  constructor(firstStep: number, steps: number, charactersPerStep: number) {
    this.#firstStep = firstStep;
    this.#steps = steps;
    this.#charactersPerStep = charactersPerStep;
  }

  /** After step number `step`, which took `milliseconds`. */
  add(step: number, bits: number, gradientNorm: number, milliseconds: number): Progress {
    const done = step - this.#firstStep;
    if (done === 2) this.#trainingMilliseconds = 0; // The first step also compiles what the others only run.
    this.#trainingMilliseconds += milliseconds;
    // An exponential average over the last 20 steps or so; at first over all there are.
    this.#averageBits = (this.#averageBits ?? bits) + (bits - (this.#averageBits ?? bits)) / Math.min(done, 20);
    if (done === 1) this.#firstDoneAt = performance.now();
    return {
      step,
      steps: this.#steps,
      charactersPerSecond:
        done === 1 ? undefined : (1000 * (done - 1) * this.#charactersPerStep) / this.#trainingMilliseconds,
      trainingBits: this.#averageBits,
      heldOutBits: this.heldOutBits,
      gradientNorm,
      secondsLeft: this.#secondsLeft(step, done),
    };
  }

  /** By all steps but the first. */
  #secondsLeft(step: number, done: number): number | undefined {
    if (step === this.#steps) return 0;
    if (done < stepsToTell) return undefined;
    const perStep = (performance.now() - this.#firstDoneAt) / (done - 1);
    return (perStep * (this.#steps - step)) / 1000;
  }
}

/** The figures, each in words. */
export function progressFields(progress: Progress): string[] {
  const { step, steps, charactersPerSecond, trainingBits, heldOutBits, gradientNorm, secondsLeft } = progress;
  return [
    `step ${step}/${steps}`,
    ...(charactersPerSecond === undefined
      ? []
      : [`${Math.round(charactersPerSecond).toLocaleString("en")} characters/s`]),
    `training ${trainingBits.toFixed(3)}, held-out ${heldOutBits?.toFixed(3) ?? "–"} bits/character`,
    `gradient norm ${gradientNorm.toFixed(2)}`,
    ...(secondsLeft === undefined ? [] : [`${formatDuration(secondsLeft)} left`]),
  ];
}
