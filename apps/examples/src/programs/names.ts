/**
 * Many-to-one: a model reads a first name letter by letter, and its last state tells whether it is a woman's or a man's. Names
 * have different lengths; `lengths` says where each ends, and padding has no influence.
 */
import {
  Adam,
  Batches,
  binaryCrossEntropyWithLogits,
  clipByGlobalNorm,
  compile,
  Dropout,
  Embedding,
  Generator,
  Linear,
  LSTM,
  Module,
  padSequences,
  reshape,
  Tape,
  type Tensor,
  tensor,
  Vocabulary,
} from "tapegrad";
import { type FirstName, readNames } from "../data/names.ts";
import type { Display } from "../display.ts";
import { agreement, type ExampleOptions, mostFrequent, type Outcome } from "../example.ts";
import { train } from "../training.ts";

const vocabulary = Vocabulary.of("abcdefghijklmnopqrstuvwxyz-'");

class NameReader extends Module {
  readonly letters: Embedding;
  readonly lstm: LSTM;
  readonly dropout: Dropout;
  readonly head: Linear;

  constructor(hidden: number, generator: Generator) {
    super();
    this.letters = new Embedding(vocabulary.size, 32, { generator });
    this.lstm = new LSTM(32, hidden, { generator });
    this.dropout = new Dropout(0.5, { generator });
    this.head = new Linear(hidden, 1, { generator });
  }

  /** names int32 [batch, time], lengths int32 [batch] → [batch]: above 0 for a woman's name. */
  forward(names: Tensor, lengths: Tensor): Tensor {
    const { state } = this.lstm.forward(this.letters.forward(names), { lengths });
    return reshape(this.head.forward(this.dropout.forward(state.h)), [-1]);
  }
}

export async function names({ steps, seed, limit }: ExampleOptions, display: Display): Promise<Outcome> {
  const { training, heldOut } = readNames({ seed, limit });
  display.say(`${training.length} names to learn from, ${heldOut.length} held out`);

  const model = new NameReader(64, new Generator(seed));
  const parameters = model.parameters();
  const optimizer = new Adam(parameters, { learningRate: 3e-3 });
  const trainStep = compile(({ letters, lengths, female }: NameBatch) => {
    const tape = new Tape();
    const loss = tape.record(() => binaryCrossEntropyWithLogits(model.forward(letters, lengths), female));
    optimizer.step(clipByGlobalNorm(tape.gradient(loss, parameters), 1).gradients);
    return loss;
  });
  const batches = new Batches(training, { size: 64, seed, dropLast: true, lengthOf: ({ name }) => name.length });
  const losses = await train(steps, display, (step) => trainStep(batchOf(batches.at(step))));

  model.eval();
  const classify = compile((letters: Tensor, lengths: Tensor) => model.forward(letters, lengths));
  const { letters, lengths, female } = batchOf(heldOut);
  const logits = await classify(letters, lengths).data();
  const found = Array.from(logits, (logit) => (logit > 0 ? 1 : 0));
  for (const [index, { name }] of heldOut.slice(0, 6).entries()) {
    const probability = 1 / (1 + Math.exp(-Number(logits[index])));
    display.say(`  ${name}: female with probability ${probability.toFixed(2)}`);
  }
  return {
    losses,
    scores: [
      {
        name: "names told right",
        value: agreement(found, await female.data()),
        baselines: {
          "always female": heldOut.filter((item) => item.female).length / heldOut.length,
          "by the last letter alone": lastLetterAccuracy(training, heldOut),
        },
      },
    ],
  };
}

interface NameBatch {
  readonly letters: Tensor;
  readonly lengths: Tensor;
  /** 1 or 0. */
  readonly female: Tensor;
}

/** Rounding the number of steps up lets all batches share a few programs. */
function batchOf(names: readonly FirstName[]): NameBatch {
  const sequences = names.map(({ name }) => vocabulary.encode(name));
  const { tokens, shape, lengths } = padSequences(sequences, { multipleOf: 4 });
  const female = Float32Array.from(names, (item) => Number(item.female));
  return { letters: tensor(tokens, { shape }), lengths: tensor(lengths), female: tensor(female) };
}

/** How often the sex that most training names with the same last letter have is right. */
function lastLetterAccuracy(training: readonly FirstName[], heldOut: readonly FirstName[]): number {
  const groups = Map.groupBy(training, ({ name }) => name.at(-1));
  const guess = (name: string) => mostFrequent((groups.get(name.at(-1)) ?? training).map((item) => item.female)).value;
  return heldOut.filter(({ name, female }) => guess(name) === female).length / heldOut.length;
}
