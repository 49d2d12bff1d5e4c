/** Saves a run while it trains. A failed save is reported in a line and tried again; the run goes on. */
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError, errorCode } from "@tapegrad/command-line";
import type { Checkpoint } from "../files/checkpoint.ts";
import { removeElsewhere, saveElsewhere } from "../files/elsewhere.ts";
import type { Screen } from "../processes/messages.ts";
import type { Run } from "./run.ts";

/** After a save that has failed, until the next try. */
const retryMilliseconds = 5000;
/** At the end, before each of the tries. */
const lastPauses = [0, 500, 1500, 3000];
/** What the system says when a disk, or a user's part of it, is full. */
const isFull = new Set(["ENOSPC", "EDQUOT"]);

export class Saver {
  readonly #run: Run;
  readonly #screen: Screen;
  readonly #lastPauses: readonly number[];
  readonly #elsewhere: typeof saveElsewhere;
  #retryAt = Infinity;

  constructor(run: Run, screen: Screen, { pauses = lastPauses, elsewhere = saveElsewhere } = {}) {
    this.#lastPauses = pauses;
    this.#elsewhere = elsewhere;
    this.#run = run;
    this.#screen = screen;
  }

  /** Whether it is time to try again what has failed. */
  get isDue(): boolean {
    return performance.now() >= this.#retryAt;
  }

  /** Saves the step that is done; `heldOutBits` is what a look after this very step gave. */
  async save(heldOutBits?: number): Promise<void> {
    const fault = await this.#attempt(heldOutBits);
    this.#retryAt = fault === undefined ? Infinity : performance.now() + retryMilliseconds;
    if (fault !== undefined) this.#warn(fault, "training goes on, and saving is tried again");
  }

  /** Saves at the end of the run. @throws CommandError, with exit code 1, when that fails again and again. */
  async saveLast(heldOutBits?: number): Promise<void> {
    let fault: CommandError | undefined;
    for (const pause of this.#lastPauses) {
      if (fault !== undefined) this.#warn(fault, "trying again");
      await sleep(pause);
      fault = await this.#attempt(heldOutBits);
      if (fault === undefined) return;
    }
    if (fault !== undefined) await this.#rescue(fault, heldOutBits);
  }

  /** Keeps the state elsewhere; on a disk without room for two, it then takes the place of the one before. */
  async #rescue(fault: CommandError, heldOutBits: number | undefined): Promise<void> {
    const { file } = this.#run;
    const path = await this.#elsewhere(this.#checkpoint(heldOutBits));
    if (path === undefined) {
      const kept =
        file.savedStep === undefined ? "nothing of this run is saved" : `what is saved is step ${file.savedStep}`;
      throw new CommandError(`${this.#describe(fault)}; ${kept}`, { exitCode: 1 });
    }
    if (isFull.has(errorCode(fault.cause) ?? "") && (await file.makeRoom(heldOutBits))) {
      this.#warn(fault, `the state before makes room; until then this one is ${path}`);
      if ((await this.#attempt(heldOutBits)) === undefined) return removeElsewhere(path);
    }
    throw new CommandError(`${this.#describe(fault)}; it is saved as ${path} instead`, { exitCode: 1 });
  }

  /** Why it failed, undefined when it did not. */
  async #attempt(heldOutBits: number | undefined): Promise<CommandError | undefined> {
    try {
      await this.#run.file.save(this.#checkpoint(heldOutBits));
      return undefined;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return error;
    }
  }

  #checkpoint(heldOutBits: number | undefined): Checkpoint {
    const { trainer, configuration, steps, corpus } = this.#run;
    const { vocabulary, digest: textDigest } = corpus;
    return {
      configuration,
      vocabulary,
      step: trainer.step,
      steps,
      textDigest,
      heldOutBits,
      tensors: trainer.tensors(),
    };
  }

  #warn(fault: CommandError, next: string): void {
    this.#screen.say(`warning: ${this.#describe(fault)}; ${next}`);
  }

  #describe({ message }: CommandError): string {
    return `step ${this.#run.trainer.step} is not saved: ${message}`;
  }
}
