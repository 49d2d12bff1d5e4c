/**
 * A PyTorch training script, ported as its users would: the same losses and learning rates in every epoch, through a resumption
 * from a file. tooling/fixtures/pytorch/port.py is the script, and tooling/fixtures/README.md tells how the fixture is made.
 */
import { readFileSync } from "node:fs";
import { decode } from "@tapegrad/safetensors";
import {
  AdamW,
  clipByGlobalNorm,
  compile,
  crossEntropy,
  decodeTensors,
  Embedding,
  encodeTensors,
  LayerNorm,
  Linear,
  LSTM,
  Module,
  padSequences,
  setDefaultDType,
  Tape,
  type Tensor,
  take,
  tensor,
} from "tapegrad";
import { afterAll, beforeAll, expect, it } from "vitest";

interface Epoch {
  readonly training: number;
  readonly validation: number;
  readonly learningRate: number;
}

interface Fixture {
  readonly words: readonly (readonly number[])[];
  readonly epochs: readonly Epoch[];
}

const fixture: Fixture = JSON.parse(readFileSync(new URL("./fixtures/pytorch-port.json", import.meta.url), "utf8"));

beforeAll(() => setDefaultDType("float64"));
afterAll(() => setDefaultDType("float32"));

class Classifier extends Module {
  readonly embedding = new Embedding(12, 6);
  readonly lstm = new LSTM(6, 10, { layers: 2 });
  readonly norm = new LayerNorm(10);
  readonly head = new Linear(10, 2);

  forward(tokens: Tensor, lengths: Tensor): Tensor {
    const { state } = this.lstm.forward(this.embedding.forward(tokens), { lengths });
    return this.head.forward(this.norm.forward(take(state.h, 1)));
  }
}

interface Batch {
  readonly tokens: Tensor;
  readonly lengths: Tensor;
  readonly labels: Tensor;
}

/** Batches of 16, all as long as the longest word, so that one recording serves all. */
function batches(words: Fixture["words"]): Batch[] {
  return Array.from({ length: words.length / 16 }, (_, index) => {
    const { tokens, shape, lengths } = padSequences(words.slice(16 * index, 16 * index + 16), { length: 9 });
    const labels = Int32Array.from({ length: 16 }, (_, n) => n % 2);
    return { tokens: tensor(tokens, { shape }), lengths: tensor(lengths), labels: tensor(labels) };
  });
}

/** What a training run is made of; weight k of all is 0.3·sin(1.7·k). */
function makeRun() {
  const model = new Classifier();
  const parameters = model.parameters();
  let offset = 0;
  for (const parameter of parameters) {
    const { shape, size } = parameter;
    const start = offset;
    const values = Float64Array.from({ length: size }, (_, k) => 0.3 * Math.sin(1.7 * (start + k)));
    parameter.assign(tensor(values, { shape }));
    offset += size;
  }
  const optimizer = new AdamW(parameters, { learningRate: 0.05, weightDecay: 0.01 });
  const step = compile(({ tokens, lengths, labels }: Batch) => {
    const tape = new Tape();
    const loss = tape.record(() => crossEntropy(model.forward(tokens, lengths), labels, { labelSmoothing: 0.05 }));
    optimizer.step(clipByGlobalNorm(tape.gradient(loss, parameters), 0.5).gradients);
    return loss;
  });
  const score = compile(({ tokens, lengths, labels }: Batch) =>
    crossEntropy(model.forward(tokens, lengths), labels, { reduction: "sum" }),
  );
  return { model, optimizer, step, score, plateau: { best: Infinity, bad: 0 } };
}

type Run = ReturnType<typeof makeRun>;

function epochOf({ optimizer, step, score, plateau }: Run): Epoch {
  const losses = batches(fixture.words.slice(0, 128)).map((batch) => step(batch).itemSync());
  const validation =
    batches(fixture.words.slice(128)).reduce((total, batch) => total + score(batch).itemSync(), 0) / 32;
  // ReduceLROnPlateau with factor 0.5, patience 1 and threshold 0.02.
  const isBetter = validation < plateau.best * (1 - 0.02);
  const isLate = !isBetter && plateau.bad === 1;
  if (isLate) optimizer.learningRate /= 2;
  if (isBetter) plateau.best = validation;
  plateau.bad = isBetter || isLate ? 0 : plateau.bad + 1;
  const training = losses.reduce((total, loss) => total + loss, 0) / losses.length;
  return { training, validation, learningRate: Number(optimizer.learningRate) };
}

function save({ model, optimizer, plateau }: Run): Promise<Uint8Array> {
  const named = (prefix: string, state: Record<string, Tensor>) =>
    Object.entries(state).map(([name, value]): [string, Tensor] => [`${prefix}${name}`, value]);
  const state = new Map([...named("model.", model.stateDict()), ...named("optimizer.", optimizer.stateDict())]);
  return encodeTensors(state, { plateau: JSON.stringify(plateau) });
}

/** The run that a file holds, in a new model and optimiser. */
function resume(file: Uint8Array): Run {
  const run = makeRun();
  const state = Object.entries(decodeTensors(file));
  const part = (prefix: string) =>
    Object.fromEntries(
      state.flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [])),
    );
  run.model.loadStateDict(part("model."));
  run.optimizer.loadStateDict(part("optimizer."));
  Object.assign(run.plateau, JSON.parse(decode(file).metadata.plateau ?? "{}"));
  return run;
}

it("a ported script has PyTorch's losses and learning rates, also where it goes on from a file", async () => {
  let run = makeRun();
  const epochs: Epoch[] = [];
  for (const [number, expected] of fixture.epochs.entries()) {
    if (number === 5) run = resume(await save(run));
    const epoch = epochOf(run);
    epochs.push(epoch);
    expect(Math.abs(epoch.training - expected.training)).toBeLessThan(1e-9);
    expect(Math.abs(epoch.validation - expected.validation)).toBeLessThan(1e-9);
    expect(epoch.learningRate).toBe(expected.learningRate);
  }
  // It learned, and the schedule acted.
  expect(epochs.at(-1)?.training).toBeLessThan(0.5);
  expect(epochs.at(-1)?.learningRate).toBeLessThan(0.05);
});
