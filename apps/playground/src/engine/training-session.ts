/** One model being trained on one text: the only part of the app that knows tensors. */
import {
  Adam,
  clipByGlobalNorm,
  compile,
  crossEntropy,
  Generator,
  GRU,
  type HiddenState,
  LSTM,
  noGrad,
  type RecurrentLayer,
  RNN,
  sample,
  softmax,
  Tape,
  TapegradError,
  type Tensor,
  tensor,
  Vocabulary,
} from "tapegrad";
import { CharacterModel } from "./character-model.ts";
import type { ModelSummary, Reading, TrainingConfig } from "./protocol.ts";
import { type Windows, windowsOf } from "./windows.ts";

/** Recurrent gradients explode now and then; longer ones are scaled down to this norm. */
const largestGradient = 5;

/** What whoever runs a session needs to know of it; the kind of state is its own business. */
export interface Session {
  readonly summary: ModelSummary;
  /** Steps taken. */
  readonly steps: number;
  setLearningRate(rate: number): void;
  step(): { readonly bitsPerCharacter: number; readonly gradientNorm: number };
  sample(prompt: string, temperature: number, length: number): string;
  read(text: string): Reading;
}

/** @throws TapegradError for a text without anything to predict or a configuration that the engine refuses. */
export function createSession(config: TrainingConfig): Session {
  const { cell, hidden, seed } = config;
  const generator = new Generator(seed);
  switch (cell) {
    case "RNN":
      return new TrainingSession(config, new RNN(hidden, hidden, { generator }), generator);
    case "LSTM":
      return new TrainingSession(config, new LSTM(hidden, hidden, { generator }), generator);
    case "GRU":
      return new TrainingSession(config, new GRU(hidden, hidden, { generator }), generator);
  }
}

class TrainingSession<State extends HiddenState> implements Session {
  readonly summary: ModelSummary;
  readonly #vocabulary: Vocabulary;
  readonly #model: CharacterModel<State>;
  readonly #windows: Windows;
  readonly #optimizer: Adam;
  readonly #generator: Generator;
  #steps = 0;
  #state: State;

  constructor({ text, hidden, learningRate }: TrainingConfig, layer: RecurrentLayer<State>, generator: Generator) {
    this.#vocabulary = Vocabulary.of(text);
    if (this.#vocabulary.size < 2)
      throw new TapegradError("start", "the text has nothing to predict", "use at least two different characters");
    this.#windows = windowsOf(this.#vocabulary.encode(text));
    this.#generator = generator;
    this.#model = new CharacterModel(this.#vocabulary.size, hidden, layer, generator);
    this.#state = layer.initialState(this.#windows.batch);
    const parameters = this.#model.parameters();
    this.#optimizer = new Adam(parameters, { learningRate });
    this.summary = {
      vocabulary: this.#vocabulary.characters,
      parameterCount: parameters.reduce((count, parameter) => count + parameter.size, 0),
      batch: this.#windows.batch,
      window: this.#windows.window,
    };
  }

  get steps(): number {
    return this.#steps;
  }

  setLearningRate(rate: number): void {
    this.#optimizer.learningRate = rate;
  }

  /** One step of truncated BPTT: the state is carried in from the window before, the gradient stops there. */
  step(): { readonly bitsPerCharacter: number; readonly gradientNorm: number } {
    const { inputs, targets, first } = this.#windows.at(this.#steps);
    const shape = [this.#windows.batch, this.#windows.window];
    if (first) this.#state = this.#model.layer.initialState(this.#windows.batch);
    const { loss, state, norm, gradients } = this.#learn(
      tensor(inputs, { shape }),
      tensor(targets, { shape }),
      this.#state,
    );
    const bitsPerCharacter = loss.itemSync() / Math.LN2;
    const gradientNorm = norm.itemSync();
    if (!Number.isFinite(bitsPerCharacter) || !Number.isFinite(gradientNorm)) {
      throw new TapegradError(
        "training",
        `the loss is no longer a number at step ${this.#steps}`,
        "lower the learning rate and reset",
      );
    }
    this.#optimizer.step(gradients);
    this.#state = state;
    this.#steps++;
    return { bitsPerCharacter, gradientNorm };
  }

  /** Loss and clipped gradients of one window, as one program. */
  readonly #learn = compile((inputs: Tensor, targets: Tensor, state: State) => {
    const tape = new Tape();
    const { loss, next } = tape.record(() => {
      const read = this.#model.forward(inputs, state);
      return { loss: crossEntropy(read.logits, targets), next: read.state };
    });
    return { loss, state: next, ...clipByGlobalNorm(tape.gradient(loss, this.#model.parameters()), largestGradient) };
  });

  readonly #predict = compile((tokens: Tensor, state: State) => this.#model.forward(tokens, state));

  /** @throws TapegradError for an empty prompt, or one with characters that the text does not have. */
  sample(prompt: string, temperature: number, length: number): string {
    return noGrad(() => {
      let { logits, state } = this.#read(prompt);
      const written: number[] = [];
      for (;;) {
        const choices = sample(logits, { temperature, generator: this.#generator }).dataSync();
        const next = choices[choices.length - 1] ?? -1;
        written.push(next);
        if (written.length >= length) return this.#vocabulary.decode(written);
        ({ logits, state } = this.#predict(tensor(Int32Array.of(next), { shape: [1, 1] }), state));
      }
    });
  }

  read(text: string): Reading {
    return noGrad(() => {
      const { hidden, logits } = this.#read(text);
      return {
        characters: [...text],
        units: this.#model.hidden,
        hidden: float32Of(hidden),
        vocabulary: this.#vocabulary.characters,
        probabilities: float32Of(softmax(logits)),
      };
    });
  }

  #read(text: string): { logits: Tensor; hidden: Tensor; state: State } {
    const tokens = this.#vocabulary.encode(text);
    if (tokens.length === 0)
      throw new TapegradError("sample", "there is no text to begin with", "give at least one character");
    return this.#predict(tensor(tokens, { shape: [1, tokens.length] }), this.#model.layer.initialState(1));
  }
}

function float32Of(t: Tensor): Float32Array {
  return Float32Array.from(t.dataSync());
}
