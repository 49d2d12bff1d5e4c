/**
 * Many-to-many, aligned: for every letter of a word, whether a hyphen may follow it. What comes after a letter matters as much
 * as what comes before, so one LSTM reads forwards and another backwards.
 */
import {
  Adam,
  argmax,
  Batches,
  clipByGlobalNorm,
  compile,
  cosine,
  crossEntropy,
  Embedding,
  Generator,
  Linear,
  LSTM,
  Module,
  padSequences,
  Tape,
  type Tensor,
  tensor,
  Vocabulary,
} from "tapegrad";
import { type HyphenatedWord, hyphenScore, readHyphenatedWords, withHyphens } from "../data/hyphenation.ts";
import type { Display } from "../display.ts";
import type { ExampleOptions, Outcome } from "../example.ts";
import { train } from "../training.ts";

const vocabulary = Vocabulary.of("abcdefghijklmnopqrstuvwxyz");

class Tagger extends Module {
  readonly letters: Embedding;
  readonly lstm: LSTM;
  readonly head: Linear;

  constructor(hidden: number, generator: Generator) {
    super();
    this.letters = new Embedding(vocabulary.size, 32, { generator });
    this.lstm = new LSTM(32, hidden, { bidirectional: true, generator });
    this.head = new Linear(2 * hidden, 2, { generator });
  }

  /** words int32 [batch, time], lengths int32 [batch] → scores of no hyphen and of a hyphen, [batch, time, 2]. */
  forward(words: Tensor, lengths: Tensor): Tensor {
    return this.head.forward(this.lstm.forward(this.letters.forward(words), { lengths }).output);
  }
}

export async function hyphens({ steps, seed, limit }: ExampleOptions, display: Display): Promise<Outcome> {
  const { training, heldOut } = readHyphenatedWords({ seed, limit });
  display.say(`${training.length} words to learn from, ${heldOut.length} held out`);

  const model = new Tagger(128, new Generator(seed));
  const parameters = model.parameters();
  const optimizer = new Adam(parameters, { learningRate: cosine(4e-3, { steps }) });
  const trainStep = compile(({ words, lengths, tags }: TagBatch) => {
    const tape = new Tape();
    const loss = tape.record(() => crossEntropy(model.forward(words, lengths), tags));
    optimizer.step(clipByGlobalNorm(tape.gradient(loss, parameters), 1).gradients);
    return loss;
  });
  const batches = new Batches(training, { size: 64, seed, dropLast: true, lengthOf: ({ word }) => word.length });
  const losses = await train(steps, display, (step) => trainStep(batchOf(batches.at(step))));

  const tag = compile((words: Tensor, lengths: Tensor) => argmax(model.forward(words, lengths), { axis: -1 }));
  const { words, lengths } = batchOf(heldOut);
  const tagged = (await tag(words, lengths).toArray()) as number[][]; // int32 [batch, time].
  const found = tagged.map((tags, index) => tags.slice(0, heldOut[index]?.word.length));
  display.say(
    `  ${heldOut
      .slice(0, 8)
      .map(({ word }, index) => withHyphens(word, found[index] ?? []))
      .join(", ")}`,
  );
  const expected = heldOut.map(({ tags }) => tags);
  const everyThird = heldOut.map(({ tags }) =>
    tags.map((_, index) => (index % 3 === 2 && index < tags.length - 2 ? 1 : 0)),
  );
  const never = heldOut.map(({ tags }) => tags.map(() => 0));
  return {
    losses,
    scores: [
      {
        name: "hyphens found (F1)",
        value: hyphenScore(found, expected),
        baselines: {
          "after every third letter": hyphenScore(everyThird, expected),
          never: hyphenScore(never, expected),
        },
      },
      {
        name: "words without a mistake",
        value: wordsRight(found, expected),
        baselines: { "after every third letter": wordsRight(everyThird, expected), never: wordsRight(never, expected) },
      },
    ],
  };
}

function wordsRight(found: readonly (readonly number[])[], expected: readonly (readonly number[])[]): number {
  return found.filter((tags, index) => tags.join("") === expected[index]?.join("")).length / expected.length;
}

interface TagBatch {
  readonly words: Tensor;
  readonly lengths: Tensor;
  /** −100, which the loss ignores, in the padding. */
  readonly tags: Tensor;
}

function batchOf(items: readonly HyphenatedWord[]): TagBatch {
  const { tokens, shape, lengths } = padSequences(
    items.map(({ word }) => vocabulary.encode(word)),
    { multipleOf: 4 },
  );
  const tags = padSequences(
    items.map((item) => item.tags),
    { multipleOf: 4, value: -100 },
  );
  return { words: tensor(tokens, { shape }), lengths: tensor(lengths), tags: tensor(tags.tokens, { shape }) };
}
