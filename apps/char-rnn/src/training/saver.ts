/** Saving in the course of a run: a save that fails costs a line, not the run, and is tried again. */
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "../command-error.ts";
import type { Display } from "../terminal/display.ts";
import type { Run } from "./run.ts";

/** After a save that has failed, until the next try. */
const retryMilliseconds = 5000;
/** At the end, before each of the tries. */
const lastPauses = [0, 500, 1500, 3000];

export class Saver {
  readonly #run: Run;
  readonly #display: Display;
  readonly #lastPauses: readonly number[];
  #retryAt = Infinity;

  constructor(run: Run, display: Display, pauses: readonly number[] = lastPauses) {
    this.#lastPauses = pauses;
    this.#run = run;
    this.#display = display;
  }

  /** Whether it is time to try again what has failed. */
  get isDue(): boolean {
    return performance.now() >= this.#retryAt;
  }

  /** Saves the step that is done; `heldOutBits` is what a look after this very step gave. */
  async save(heldOutBits?: number): Promise<void> {
    const fault = await this.#attempt(heldOutBits);
    this.#retryAt = fault === undefined ? Infinity : performance.now() + retryMilliseconds;
    if (fault !== undefined) this.#display.say(`warning: ${fault}; training goes on, and saving is tried again`);
  }

  /** Saves at the end of the run. @throws CommandError, with exit code 1, when that fails again and again. */
  async saveLast(heldOutBits?: number): Promise<void> {
    let fault: string | undefined;
    for (const pause of this.#lastPauses) {
      if (fault !== undefined) this.#display.say(`warning: ${fault}; trying again`);
      await sleep(pause);
      fault = await this.#attempt(heldOutBits);
      if (fault === undefined) return;
    }
    const saved = this.#run.file.savedStep;
    const kept = saved === undefined ? "nothing of this run is saved" : `what is saved is step ${saved}`;
    throw new CommandError(`${fault}; ${kept}`, { exitCode: 1 });
  }

  /** Why it failed, undefined when it did not. */
  async #attempt(heldOutBits: number | undefined): Promise<string | undefined> {
    const { file, trainer, configuration, steps, corpus } = this.#run;
    const { vocabulary, digest } = corpus;
    const { step } = trainer;
    const tensors = trainer.tensors();
    try {
      await file.save({ configuration, vocabulary, step, steps, textDigest: digest, heldOutBits, tensors });
      return undefined;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return `step ${step} is not saved: ${error.message}`;
    }
  }
}
