/** Training steps on one window: by one process on the whole batch, or by several processes on shards of it. */

import type { Communicator } from "@tapegrad/parallel";
import { dataParallel } from "@tapegrad/parallel";
import {
  type Adam,
  clipByGlobalNorm,
  compile,
  crossEntropy,
  type Generator,
  Tape,
  type Tensor,
  treeMap,
} from "tapegrad";
import type { Configuration } from "./configuration.ts";
import type { CarriedState, CharacterModel } from "./model.ts";

export interface StepResult {
  /** Cross entropy in nats. */
  readonly loss: Tensor;
  /** Of the gradient, before clipping. */
  readonly norm: Tensor;
}

/** What learns: a model, its optimiser, and where both draw random numbers. */
export interface Learning {
  readonly configuration: Configuration;
  readonly model: CharacterModel;
  readonly optimizer: Adam;
  readonly generator: Generator;
}

export interface Steps {
  /** Carried from window to window, of all streams. With several processes, reading it is collective. */
  state: CarriedState;
  /** inputs, targets int32 [batch, window], the same on all processes. */
  take(inputs: Tensor, targets: Tensor): StepResult;
}

type Rows = CarriedState;

/** The whole step, from reading to the new parameters, as one program. */
export class WholeSteps implements Steps {
  readonly #learning: Learning;
  state: CarriedState;

  constructor(learning: Learning, state: CarriedState) {
    this.#learning = learning;
    this.state = state;
  }

  take(inputs: Tensor, targets: Tensor): StepResult {
    const { state, ...result } = this.#take(inputs, targets, this.state);
    this.state = state;
    return result;
  }

  readonly #take = compile((inputs: Tensor, targets: Tensor, state: CarriedState) => {
    const { loss, gradients, state: next } = gradientsOf(this.#learning, inputs, targets, state);
    return { loss, norm: update(this.#learning, gradients), state: next };
  });
}

/** Gradients shard by shard, which all processes add; then the same update by each. */
export class ShardedSteps implements Steps {
  readonly #learning: Learning;
  readonly #world: Communicator;
  readonly #gradients: (inputs: Tensor, targets: Tensor, state: Rows) => ReturnType<typeof gradientsOf>;
  /** [batch, layers, hidden]; once a step was taken, of the rows of this process only. */
  #rows: Rows;
  #isOwn = false;

  constructor(learning: Learning, state: CarriedState, world: Communicator) {
    this.#learning = learning;
    this.#world = world;
    this.#rows = swapped(state);
    const { generator, configuration } = learning;
    this.#gradients = dataParallel(
      world,
      compile((inputs: Tensor, targets: Tensor, rows: Rows) => {
        const { state: next, ...rest } = gradientsOf(learning, inputs, targets, swapped(rows));
        return { ...rest, state: swapped(next) };
      }),
      { shards: configuration.shards, generators: [generator], rows: ["state"] },
    );
  }

  get state(): CarriedState {
    return swapped(this.#isOwn ? this.#world.allGather(this.#rows) : this.#rows);
  }

  set state(state: CarriedState) {
    this.#rows = swapped(state);
    this.#isOwn = false;
  }

  take(inputs: Tensor, targets: Tensor): StepResult {
    const { loss, gradients, state } = this.#gradients(inputs, targets, this.#rows);
    this.#rows = state;
    this.#isOwn = true;
    return { loss, norm: this.#update(gradients) };
  }

  readonly #update = compile((gradients: readonly Tensor[]) => update(this.#learning, gradients));
}

function gradientsOf({ model }: Learning, inputs: Tensor, targets: Tensor, state: CarriedState) {
  using tape = new Tape();
  const { loss, next } = tape.record(() => {
    const { logits, state: next } = model.forward(inputs, state);
    return { loss: crossEntropy(logits, targets), next };
  });
  return { loss, gradients: tape.gradient(loss, model.parameters()), state: next };
}

/** Returns the norm of the gradient before clipping. */
function update({ optimizer, configuration }: Learning, gradients: readonly Tensor[]): Tensor {
  const clipped = clipByGlobalNorm(gradients, configuration.clip);
  optimizer.step(clipped.gradients);
  return clipped.norm;
}

/** [layers, batch, hidden] ↔ [batch, layers, hidden] */
function swapped(state: CarriedState): CarriedState {
  return treeMap<CarriedState>((x: Tensor) => x.transpose([1, 0, 2]), state);
}
