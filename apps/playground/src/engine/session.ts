/** One run: a model being trained on a task. Only the engine's worker has sessions, and only it knows tensors. */
import {
  Adam,
  clipByGlobalNorm,
  compile,
  crossEntropy,
  Generator,
  type HiddenState,
  noGrad,
  type Parameter,
  square,
  sub,
  Tape,
  TapegradError,
  type Tensor,
  tensor,
} from "tapegrad";
import { arrayOf, arraysOf, tensorFrom, tensorsFrom } from "./arrays.ts";
import { cellOf } from "./cells.ts";
import type { RunSummary, Snapshot, StartingPoint } from "./protocol.ts";
import { type Read, SequenceModel } from "./sequence-model.ts";
import type { RunSettings } from "./settings.ts";
import { makeTask } from "./tasks/make-task.ts";
import type { Passage, Task } from "./tasks/task.ts";

/** Of the latest steps, for the share of them that is clipped. */
const rememberedNorms = 100;

export type States = readonly HiddenState[];

export interface Step {
  /** Bits per character, or the mean squared error. */
  readonly loss: number;
  /** Before clipping. */
  readonly gradientNorm: number;
}

export class Session {
  readonly settings: RunSettings;
  readonly task: Task;
  readonly model: SequenceModel;
  readonly optimizer: Adam;
  readonly parameters: readonly Parameter[];
  /** Whether an answer holds up training. */
  isTraining = false;
  readonly #generator: Generator;
  #learningRate: number;
  #steps = 0;
  #states: States;
  /** Gradient norms of the latest steps, before clipping, the last one last. */
  #norms: readonly number[] = [];

  /** @throws TapegradError for data without anything to predict, or settings that the engine refuses. */
  constructor(settings: RunSettings) {
    const { layers, hidden, architecture, learningRate, seed } = settings;
    this.settings = settings;
    this.#generator = new Generator(seed);
    this.task = makeTask(settings);
    const { input, output } = this.task;
    const sizes = { input, output, layers, hidden, embedding: architecture?.embedding };
    this.model = new SequenceModel(sizes, cellOf(settings), this.#generator);
    this.parameters = this.model.parameters();
    this.optimizer = new Adam(this.parameters, { learningRate });
    this.#states = this.model.initialStates(this.task.batch);
    this.#learningRate = learningRate;
  }

  get steps(): number {
    return this.#steps;
  }

  summary(backend: string): RunSummary {
    const { input, output, length, batch, window } = this.task;
    const parameterCount = this.parameters.reduce((count, { size }) => count + size, 0);
    const { baselines = [], heldOutFrom } = this.task;
    const firstLoss = this.#firstLoss();
    return { input, output, length, parameterCount, batch, window, backend, firstLoss, baselines, heldOutFrom };
  }

  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(rate: number) {
    this.#learningRate = rate;
    this.optimizer.learningRate = rate;
  }

  /** Op by op: a program for one call would take longer to compile than the call takes. */
  #firstLoss(): number {
    const [inputs, targets, states] = this.nextBatch();
    return noGrad(() => this.lossIn(this.loss(this.model.forward(inputs, states).outputs, targets)));
  }

  /** Compiles what a step needs, and learns nothing. */
  warmUp(): void {
    this.lookAhead();
  }

  /** One step of truncated BPTT: the state is carried in from the window before, the gradient stops there. */
  step(): Step {
    const { loss, states, norm, gradients } = this.#learn(...this.nextBatch());
    const step = { loss: this.lossIn(loss), gradientNorm: norm.itemSync() };
    if (!Number.isFinite(step.loss) || !Number.isFinite(step.gradientNorm)) {
      throw new TapegradError(
        "training",
        `the loss is no longer a number at step ${this.#steps}`,
        "lower the learning rate and rewind",
      );
    }
    this.optimizer.step(gradients);
    this.#states = states;
    this.#steps++;
    this.#norms = [...this.#norms, step.gradientNorm].slice(-rememberedNorms);
    return step;
  }

  /** What the next step will read, and the states that it will begin with. */
  nextBatch(): [inputs: Tensor, targets: Tensor, states: States] {
    const { inputs, targets, fresh } = this.task.at(this.#steps);
    return [inputs, targets, fresh ? this.model.initialStates(this.task.batch) : this.#states];
  }

  /** The next step's loss, gradient norm and clipped gradients; nothing changes. */
  lookAhead() {
    return this.#learn(...this.nextBatch());
  }

  /** The bytes that a compiled step needs beside the Parameters; undefined where the backend runs op by op. */
  arenaBytes(): number | undefined {
    const { backend } = this.parameters[0]?.value ?? {};
    return backend?.name === "wasm" ? this.#learn.report(...this.nextBatch()).arena : undefined;
  }

  get recentNorms(): readonly number[] {
    return this.#norms;
  }

  /** The loss of each step, [batch, time], in nats or squared; for a tape or without one. */
  losses(outputs: Tensor, targets: Tensor): Tensor {
    return this.task.output.kind === "tokens"
      ? crossEntropy(outputs, targets, { reduction: "none" })
      : square(sub(outputs, targets)).mean({ axis: -1 });
  }

  /** The mean of what counts of the losses that a batch or a passage has. */
  loss(outputs: Tensor, targets: Tensor): Tensor {
    const losses = this.losses(outputs, targets);
    const { weights } = this.task;
    if (weights === undefined) return losses.mean();
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return losses
      .mul(tensor(Float32Array.from(weights)))
      .sum({ axis: -1 })
      .mean()
      .div(total);
  }

  /** A loss as the page shows it: bits per character, or the mean squared error. */
  lossIn(loss: Tensor): number {
    return this.task.output.kind === "tokens" ? loss.itemSync() / Math.LN2 : loss.itemSync();
  }

  /** The loss on the sequences that are never trained on, as the page shows it; undefined where the task has none. */
  heldOutLoss(): number | undefined {
    const batch = this.task.heldOut?.();
    if (batch === undefined) return undefined;
    const states = this.model.initialStates(batch.inputs.shape[0] ?? 0);
    return noGrad(() => this.lossIn(this.loss(this.predict(batch.inputs, states).outputs, batch.targets)));
  }

  /** Loss and clipped gradients of one batch, as one program. */
  readonly #learn = compile((inputs: Tensor, targets: Tensor, before: States) => {
    const tape = new Tape();
    const { loss, states } = tape.record(() => {
      const read = this.model.forward(inputs, before);
      return { loss: this.loss(read.outputs, targets), states: read.states };
    });
    const gradients = tape.gradient(loss, this.parameters);
    return { loss, states, ...clipByGlobalNorm(gradients, this.settings.clip === 0 ? Infinity : this.settings.clip) };
  });

  /** `model.forward` as one program, for looking without learning. */
  readonly predict: (inputs: Tensor, states: States) => Read = compile((inputs: Tensor, states: States) =>
    this.model.forward(inputs, states),
  );

  /** The states that a passage begins with. */
  statesBefore({ before }: Passage): States {
    const start = this.model.initialStates(1);
    return before === undefined ? start : noGrad(() => this.predict(before, start).states);
  }

  snapshot(): Snapshot {
    return {
      step: this.#steps,
      weights: arraysOf(this.model.stateDict()),
      optimizer: arraysOf(this.optimizer.stateDict()),
      carried: this.#states.map((state) => arraysOf({ ...state })),
      generator: arrayOf(this.#generator.state.value),
    };
  }

  /** All but the learning rate, which is the visitor's; what is absent stays as it is in a new session. @throws TapegradError for a snapshot of another model. */
  restore({ step, weights, optimizer, carried, generator }: StartingPoint): void {
    this.model.loadStateDict(tensorsFrom(weights));
    if (optimizer !== undefined) this.optimizer.loadStateDict(tensorsFrom(optimizer));
    this.#states = this.#states.map((state, layer) => ({ ...state, ...tensorsFrom(carried?.[layer] ?? {}) }));
    if (generator !== undefined) this.#generator.state.assign(tensorFrom(generator));
    this.#steps = step;
    this.learningRate = this.#learningRate;
    this.#norms = [];
  }
}
