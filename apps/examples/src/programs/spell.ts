/**
 * One-to-many: the image of a digit enters at the first time step, and its name comes out letter by letter. After the image,
 * each step reads the letter that the one before has written.
 */
import {
  Adam,
  Batches,
  clipByGlobalNorm,
  compile,
  crossEntropy,
  Embedding,
  Generator,
  generate,
  Linear,
  LSTMCell,
  type LSTMState,
  Module,
  padSequences,
  Tape,
  type Tensor,
  tanh,
  teacherForcing,
  tensor,
  Vocabulary,
} from "tapegrad";
import { type Digit, imagesOf, pixelCount, readDigits } from "../data/digits.ts";
import type { Display } from "../display.ts";
import { type ExampleOptions, mostFrequent, type Outcome } from "../example.ts";
import { train } from "../training.ts";

const names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const longest = Math.max(...names.map((name) => name.length)) + 1;
/** A full stop ends each name; reading one, the model begins. */
const vocabulary = Vocabulary.of([".", ...names.join("")]);
const [end = 0] = vocabulary.encode(".");

class Speller extends Module {
  readonly image: Linear;
  readonly letters: Embedding;
  readonly cell: LSTMCell;
  readonly head: Linear;

  constructor(hidden: number, generator: Generator) {
    super();
    this.image = new Linear(pixelCount, hidden, { generator });
    this.letters = new Embedding(vocabulary.size, hidden, { generator });
    this.cell = new LSTMCell(hidden, hidden, { generator });
    this.head = new Linear(hidden, vocabulary.size, { generator });
  }

  /** The first time step: the image, from an empty memory. */
  look(images: Tensor): LSTMState {
    const features = tanh(this.image.forward(images));
    return this.cell.step(features, this.cell.initialState(images.shape[0] ?? 0)).state;
  }

  /** Every other time step: the letter before, and out come scores for the next one. */
  readonly write = (letters: Tensor, before: LSTMState) => {
    const { output, state } = this.cell.step(this.letters.forward(letters), before);
    return { logits: this.head.forward(output), state };
  };

  forward(images: Tensor, targets: Tensor): Tensor {
    return teacherForcing(this.write, this.look(images), targets, { start: end }).logits;
  }
}

export async function spell({ steps, seed, limit }: ExampleOptions, display: Display): Promise<Outcome> {
  const { training, heldOut } = readDigits({ seed, limit });
  display.say(`${training.length} images to learn from, ${heldOut.length} held out`);

  const model = new Speller(64, new Generator(seed));
  const parameters = model.parameters();
  const optimizer = new Adam(parameters, { learningRate: 2e-3 });
  const trainStep = compile((images: Tensor, targets: Tensor) => {
    const tape = new Tape();
    const loss = tape.record(() => crossEntropy(model.forward(images, targets), targets));
    optimizer.step(clipByGlobalNorm(tape.gradient(loss, parameters), 1).gradients);
    return loss;
  });
  const batches = new Batches(training, { size: 64, seed, dropLast: true });
  const losses = await train(steps, display, (step) => {
    const batch = batches.at(step);
    return trainStep(imagesOf(batch), spelledNames(batch));
  });

  const spellOut = compile((images: Tensor) => {
    const start = tensor(new Int32Array(images.shape[0] ?? 0).fill(end));
    return generate(model.write, model.look(images), start, { length: longest, end, temperature: 0 }).tokens;
  });
  const written = (await spellOut(imagesOf(heldOut)).toArray()) as number[][]; // [batch, letters] of int32.
  const spelled = written.map((tokens) => vocabulary.decode(tokens).replace(/\..*$/, ""));
  const expected = heldOut.map(({ label }) => names[label] ?? "");
  display.say(`of the images of ${expected.slice(0, 8).join(", ")} it wrote ${spelled.slice(0, 8).join(", ")}`);
  const right = spelled.filter((name, index) => name === expected[index]).length;
  const { value, share } = mostFrequent(expected);
  return {
    losses,
    scores: [
      { name: "names without a mistake", value: right / heldOut.length, baselines: { [`always “${value}”`]: share } },
    ],
  };
}

/** int32 [batch, letters], with −100 after the full stop, which the loss ignores. */
function spelledNames(batch: readonly Digit[]): Tensor {
  const sequences = batch.map(({ label }) => vocabulary.encode(`${names[label]}.`));
  const { tokens, shape } = padSequences(sequences, { length: longest, value: -100 });
  return tensor(tokens, { shape });
}
