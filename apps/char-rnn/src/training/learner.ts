/** A model that learns window by window. All that a step reads and changes can be saved as tensors and a step number. */

import type { Communicator } from "@tapegrad/parallel";
import { Adam, Generator, type Tensor, tensor } from "tapegrad";
import type { Configuration } from "./configuration.ts";
import { type CarriedState, CharacterModel } from "./model.ts";
import { type Learning, ShardedSteps, type StepResult, type Steps, WholeSteps } from "./steps.ts";
import { inGroup, inNoGroup, intoGroup, required, stateLike } from "./tensor-groups.ts";

export class Learner {
  readonly model: CharacterModel;
  readonly #learning: Learning;
  #steps: Steps;

  constructor(vocabularySize: number, configuration: Configuration) {
    const generator = new Generator(configuration.seed);
    this.model = new CharacterModel(vocabularySize, configuration, generator);
    const optimizer = new Adam(this.model.parameters(), { learningRate: configuration.learningRate });
    this.#learning = { configuration, model: this.model, optimizer, generator };
    this.#steps = new WholeSteps(this.#learning, this.#initialState());
  }

  /** Learns together with the other processes of `world` from here on, all from what rank 0 has now. Collective. */
  share(world: Communicator): void {
    this.restore(world.broadcast(this.tensors()));
    this.#steps = new ShardedSteps(this.#learning, this.#steps.state, world);
  }

  /** One step on `inputs` and `targets`, each of batch × window tokens; `first` forgets the carried state. */
  learn(inputs: Int32Array, targets: Int32Array, first: boolean): StepResult {
    const { batch, window } = this.#learning.configuration;
    if (first) this.#steps.state = this.#initialState();
    const shape = [batch, window];
    return this.#steps.take(tensor(inputs, { shape }), tensor(targets, { shape }));
  }

  /** Parameters by name, `optimizer.…`, `generator.state` and the carried `state.…`. With several processes, collective. */
  tensors(): Record<string, Tensor> {
    const { optimizer, generator } = this.#learning;
    return {
      ...this.model.stateDict(),
      ...intoGroup("optimizer", optimizer.stateDict()),
      ...intoGroup("generator", { state: generator.state.value }),
      ...intoGroup("state", { ...this.#steps.state }),
    };
  }

  /** Goes on with what `tensors` returned. @throws TapegradError when they are another model's. */
  restore(tensors: Readonly<Record<string, Tensor>>): void {
    const { optimizer, generator } = this.#learning;
    this.model.loadStateDict(inNoGroup(tensors));
    optimizer.loadStateDict(inGroup("optimizer", tensors));
    generator.state.assign(required("state", inGroup("generator", tensors)));
    this.#steps.state = stateLike(this.#initialState(), inGroup("state", tensors));
  }

  #initialState(): CarriedState {
    return this.model.initialState(this.#learning.configuration.batch);
  }
}
