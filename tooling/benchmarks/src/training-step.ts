/** The step that is measured: embedding, one recurrent layer, linear head, cross entropy, Adam; the same data every time. */
import type { Program } from "@tapegrad/core";
import { type Communicator, type DataParallelOptions, dataParallel } from "@tapegrad/parallel";
import { Adam, compile, crossEntropy, Embedding, Generator, Linear, Module, Tape, type Tensor } from "tapegrad";
import { recurrentLayer, type SequenceLayer } from "./layers.ts";
import type { Task } from "./tasks.ts";

export const learningRate = 2e-3;

/** Its parameter names, with a layer of the library, are those of the models it is compared with. */
class SequenceModel extends Module {
  readonly embedding: Embedding | undefined;
  readonly recurrent: SequenceLayer;
  readonly head: Linear;

  constructor({ cell, input, vocabulary, hidden }: Task, generator: Generator) {
    super();
    this.embedding = input === "tokens" ? new Embedding(vocabulary, hidden, { generator }) : undefined;
    this.recurrent = recurrentLayer(cell, hidden, generator);
    this.head = new Linear(hidden, vocabulary, { generator });
  }

  /** int32 [batch, time], or float32 [batch, time, hidden] → logits [batch, time, vocabulary]. */
  forward(inputs: Tensor): Tensor {
    const sequence = this.embedding?.forward(inputs) ?? inputs;
    return this.head.forward(this.recurrent.forward(sequence).output);
  }
}

type LossAndGradients = { readonly loss: Tensor; readonly gradients: readonly Tensor[] };

export interface TrainingStepOptions {
  /** Whether a step is one compiled Program, as by default, or op after op. */
  readonly compiled?: boolean;
  /** Initial weights by name, in place of those that are drawn. */
  readonly weights?: Readonly<Record<string, Tensor>>;
  /** The processes that compute a step together, and how; without it, this one alone does. */
  readonly together?: { readonly world: Communicator; readonly options: DataParallelOptions };
}

export class TrainingStep {
  /** int32 [batch, time], or float32 [batch, time, hidden]. */
  readonly inputs: Tensor;
  /** int32 [batch, time]. */
  readonly targets: Tensor;
  readonly #model: SequenceModel;
  readonly #optimizer: Adam;
  readonly #compiled: boolean;
  readonly #gradients: (inputs: Tensor, targets: Tensor) => LossAndGradients;

  /** Everything is drawn from one fixed seed, on the default backend, where the steps will run. */
  constructor(task: Task, { compiled = true, weights, together }: TrainingStepOptions = {}) {
    const generator = new Generator(1);
    const { batch, time, vocabulary, hidden } = task;
    const tokens = () => generator.uniform([batch, time], { high: vocabulary }).floor().cast("int32");
    this.#model = new SequenceModel(task, generator);
    if (weights !== undefined) this.#model.loadStateDict(weights);
    this.#optimizer = new Adam(this.#model.parameters(), { learningRate });
    this.#compiled = compiled;
    this.#gradients =
      together === undefined ? this.#ofBatch : dataParallel(together.world, this.#ofBatch, together.options);
    this.inputs = task.input === "tokens" ? tokens() : generator.normal([batch, time, hidden]);
    this.targets = tokens();
  }

  /** The initial weights, if no step was made. */
  weights(): Record<string, Tensor> {
    return this.#model.stateDict();
  }

  /** One step. The loss before it, in nats. */
  advance(): number {
    return this.#step().itemSync();
  }

  /** One step, on a device that has to be waited for. The loss before it, in nats. */
  async advanceAndRead(): Promise<number> {
    using loss = this.#step();
    return await loss.item();
  }

  #step(): Tensor {
    const update = this.#compiled ? this.#program : this.#update;
    return update(this.inputs, this.targets);
  }

  /** Records the step as a Program, unless it was. */
  program(): Program {
    return this.#program.program(this.inputs, this.targets);
  }

  readonly #ofBatch = (inputs: Tensor, targets: Tensor): LossAndGradients => {
    using tape = new Tape();
    const loss = tape.record(() => crossEntropy(this.#model.forward(inputs), targets));
    return { loss, gradients: tape.gradient(loss, this.#model.parameters()) };
  };

  readonly #update = (inputs: Tensor, targets: Tensor): Tensor => {
    const { loss, gradients } = this.#gradients(inputs, targets);
    this.#optimizer.step(gradients);
    return loss;
  };

  readonly #program = compile(this.#update);
}
