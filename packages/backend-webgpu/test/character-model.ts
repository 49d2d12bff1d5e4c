/** A small language model and its training step, for comparing backends. */
import { compile, Tape } from "@tapegrad/autodiff";
import { type Backend, scope, type Tensor, withBackend } from "@tapegrad/core";
import { defined, fromHost } from "@tapegrad/core/internal";
import { crossEntropy, Embedding, GRU, Linear, LSTM, Module, RNN } from "@tapegrad/nn";
import { Generator } from "@tapegrad/ops";
import { seededUniforms } from "@tapegrad/ops/samples";
import { Adam, clipByGlobalNorm } from "@tapegrad/optim";

export const recurrentLayers = { LSTM, GRU, RNN };
export type LayerName = keyof typeof recurrentLayers;

export interface ModelOptions {
  readonly kind?: LayerName;
  readonly vocabulary?: number;
  readonly embedded?: number;
  readonly hidden?: number;
  readonly layers?: number;
  readonly dropout?: number;
}

class CharacterModel extends Module {
  readonly embedding: Embedding;
  readonly recurrent: LSTM | GRU | RNN;
  readonly head: Linear;

  constructor(
    { kind = "LSTM", vocabulary = 11, embedded = 7, hidden = 13, layers = 2, dropout = 0.2 }: ModelOptions,
    generator: Generator,
  ) {
    super();
    this.embedding = new Embedding(vocabulary, embedded, { generator });
    this.recurrent = new recurrentLayers[kind](embedded, hidden, { layers, dropout, generator });
    this.head = new Linear(hidden, vocabulary, { generator });
  }

  forward(tokens: Tensor): Tensor {
    return this.head.forward(this.recurrent.forward(this.embedding.forward(tokens)).output);
  }
}

/** A training step, which gives the loss before its update. Its inputs are [batch, time]. */
export type TrainingStep = (inputs: Tensor, targets: Tensor) => Tensor;

/** Adam with clipped gradients, on parameters that live on the default backend. */
export function trainingStep(options: ModelOptions, compiled: boolean): TrainingStep {
  const model = new CharacterModel(options, new Generator(5));
  const parameters = [...model.parameters()];
  const optimizer = new Adam(parameters, { learningRate: 1e-2 });
  const step = (inputs: Tensor, targets: Tensor) => {
    const tape = new Tape();
    const loss = tape.record(() => crossEntropy(model.forward(inputs), targets));
    optimizer.step(clipByGlobalNorm(tape.gradient(loss, parameters), 0.5).gradients);
    tape.release();
    return loss;
  };
  return compiled ? compile(step) : (inputs, targets) => scope(() => step(inputs, targets));
}

/** `batch` sequences of `time` tokens and the ones that follow each, on the default backend. */
export type Batches = (step: number) => readonly [inputs: Tensor, targets: Tensor];

function batchOf(rows: readonly (readonly number[])[]): ReturnType<Batches> {
  const time = (rows[0]?.length ?? 1) - 1;
  const tokens = (from: number) =>
    fromHost(Int32Array.from(rows.flatMap((row) => row.slice(from, from + time))), [rows.length, time], "int32");
  return [tokens(0), tokens(1)];
}

/** Sequences that can be learned: each token follows from the one before and its position. */
export function squares(batch: number, time: number, vocabulary = 11): Batches {
  return (step) => {
    const uniform = seededUniforms(step);
    return batchOf(
      Array.from({ length: batch }, () => {
        const start = Math.floor(uniform() * vocabulary);
        return Array.from({ length: time + 1 }, (_, t) => (start + t * t) % vocabulary);
      }),
    );
  };
}

/** Stretches of a text, its characters numbered in the order in which they first come. */
export function stretchesOf(text: string, batch: number, time: number): { batches: Batches; vocabulary: number } {
  const characters = [...new Set(text)];
  const tokens = Array.from(text, (character) => characters.indexOf(character));
  const batches: Batches = (step) => {
    const uniform = seededUniforms(step);
    return batchOf(
      Array.from({ length: batch }, () => {
        const start = Math.floor(uniform() * (tokens.length - time));
        return tokens.slice(start, start + time + 1);
      }),
    );
  };
  return { batches, vocabulary: characters.length };
}

export interface Training {
  readonly backend: Backend;
  readonly model?: ModelOptions;
  readonly compiled: boolean;
  readonly steps: number;
  readonly batches?: Batches;
}

/** The losses of some steps; each follows from the parameters that the one before has left. */
export async function train({
  backend,
  model = {},
  compiled,
  steps,
  batches = squares(3, 6),
}: Training): Promise<number[]> {
  const step = withBackend(backend, () => trainingStep(model, compiled));
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const loss = withBackend(backend, () => step(...batches(i)));
    if (loss.backend !== backend) throw new Error(`a loss on ${loss.backend.name}`);
    losses.push(await loss.item());
  }
  return losses;
}

/** The largest relative difference of a loss from what it should be. */
export function worstError(actual: readonly number[], expected: readonly number[]): number {
  return Math.max(...actual.map((loss, i) => Math.abs(loss / defined(expected[i], "loss") - 1)));
}
