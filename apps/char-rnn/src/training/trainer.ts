/** Truncated BPTT: trains a learner on the windows of a text, alone or together with other processes. */
import type { Tensor, TokenStreams } from "tapegrad";
import type { Configuration } from "./configuration.ts";
import { Learner } from "./learner.ts";
import type { CharacterModel } from "./model.ts";
import type { StepResult } from "./steps.ts";
import type { Team } from "./team.ts";

export class Trainer {
  readonly #learner: Learner;
  readonly #streams: TokenStreams;
  #team: Team | undefined;
  #step = 0;

  constructor(vocabularySize: number, configuration: Configuration, streams: TokenStreams) {
    this.#learner = new Learner(vocabularySize, configuration);
    this.#streams = streams;
  }

  get model(): CharacterModel {
    return this.#learner.model;
  }

  /** Steps done so far. */
  get step(): number {
    return this.#step;
  }

  /** From here on, everything that `team` has to do together is done so. */
  lead(team: Team): void {
    this.#team = team;
    this.#learner.share(team.world);
  }

  /** Trains on the next window. The hidden state is carried over from the last one, and starts again with each epoch. */
  advance(): StepResult {
    const { inputs, targets, first } = this.#streams.at(this.#step);
    this.#team?.order({ kind: first ? "first step" : "step", inputs, targets });
    const result = this.#learner.learn(inputs, targets, first);
    this.#step++;
    return result;
  }

  /** With the step number, all there is. */
  tensors(): Record<string, Tensor> {
    this.#team?.order({ kind: "gather" });
    return this.#learner.tensors();
  }

  /** Goes on from `step` with what `tensors` returned there. @throws TapegradError when they are another model's. */
  restore(step: number, tensors: Readonly<Record<string, Tensor>>): void {
    this.#learner.restore(tensors);
    this.#step = step;
  }
}
