/** Truncated BPTT, one window at a time. All that a step depends on and changes can be saved as tensors and a step number. */
import {
  Adam,
  clipByGlobalNorm,
  compile,
  crossEntropy,
  Generator,
  Tape,
  type Tensor,
  type TokenStreams,
  tensor,
} from "tapegrad";
import type { Configuration } from "./configuration.ts";
import { type CarriedState, CharacterModel } from "./model.ts";
import { inGroup, inNoGroup, intoGroup, required, stateLike } from "./tensor-groups.ts";

export interface StepResult {
  /** Cross entropy in nats. */
  readonly loss: Tensor;
  /** Of the gradient, before clipping. */
  readonly norm: Tensor;
}

export class Trainer {
  readonly model: CharacterModel;
  readonly #configuration: Configuration;
  readonly #streams: TokenStreams;
  readonly #generator: Generator;
  readonly #optimizer: Adam;
  #state: CarriedState;
  #step = 0;

  constructor(vocabularySize: number, configuration: Configuration, streams: TokenStreams) {
    this.#configuration = configuration;
    this.#streams = streams;
    this.#generator = new Generator(configuration.seed);
    this.model = new CharacterModel(vocabularySize, configuration, this.#generator);
    this.#optimizer = new Adam(this.model.parameters(), { learningRate: configuration.learningRate });
    this.#state = this.model.initialState(configuration.batch);
  }

  /** Steps done so far. */
  get step(): number {
    return this.#step;
  }

  /** Trains on the next window. The hidden state is carried over from the last one, and starts again with each epoch. */
  advance(): StepResult {
    const { batch, window } = this.#configuration;
    const { inputs, targets, first } = this.#streams.at(this.#step);
    if (first) this.#state = this.model.initialState(batch);
    const shape = [batch, window];
    const { loss, norm, state } = this.#train(tensor(inputs, { shape }), tensor(targets, { shape }), this.#state);
    this.#state = state;
    this.#step++;
    return { loss, norm };
  }

  /** One step, from reading to the new parameters, as one program. */
  readonly #train = compile(
    (inputs: Tensor, targets: Tensor, state: CarriedState): StepResult & { state: CarriedState } => {
      using tape = new Tape();
      const { loss, next } = tape.record(() => {
        const { logits, state: next } = this.model.forward(inputs, state);
        return { loss: crossEntropy(logits, targets), next };
      });
      const parameters = this.model.parameters();
      const { gradients, norm } = clipByGlobalNorm(tape.gradient(loss, parameters), this.#configuration.clip);
      this.#optimizer.step(gradients);
      return { loss, norm, state: next };
    },
  );

  /** Parameters by name, `optimizer.…`, `generator.state` and the carried `state.…`: with the step number, all there is. */
  tensors(): Record<string, Tensor> {
    return {
      ...this.model.stateDict(),
      ...intoGroup("optimizer", this.#optimizer.stateDict()),
      ...intoGroup("generator", { state: this.#generator.state.value }),
      ...intoGroup("state", { ...this.#state }),
    };
  }

  /** Goes on from `step` with what `tensors` returned there. @throws TapegradError when they are another model's. */
  restore(step: number, tensors: Readonly<Record<string, Tensor>>): void {
    this.model.loadStateDict(inNoGroup(tensors));
    this.#optimizer.loadStateDict(inGroup("optimizer", tensors));
    this.#generator.state.assign(required("state", inGroup("generator", tensors)));
    this.#state = stateLike(this.model.initialState(this.#configuration.batch), inGroup("state", tensors));
    this.#step = step;
  }
}
