/**
 * One-to-one: the image of a digit in, its class out. A plain feed-forward network: no sequence, no time.
 */
import {
  Adam,
  argmax,
  Batches,
  compile,
  crossEntropy,
  Dropout,
  Generator,
  Linear,
  relu,
  Sequential,
  Tape,
  type Tensor,
} from "tapegrad";
import { imagesOf, labelsOf, pixelCount, readDigits } from "../data/digits.ts";
import type { Display } from "../display.ts";
import { agreement, type ExampleOptions, mostFrequent, type Outcome } from "../example.ts";
import { train } from "../training.ts";

export async function digits({ steps, seed, limit }: ExampleOptions, display: Display): Promise<Outcome> {
  const { training, heldOut } = readDigits({ seed, limit });
  display.say(`${training.length} images to learn from, ${heldOut.length} held out`);

  const generator = new Generator(seed);
  const model = new Sequential(
    new Linear(pixelCount, 256, { generator }),
    relu,
    new Dropout(0.4, { generator }),
    new Linear(256, 10, { generator }),
  );
  const parameters = model.parameters();
  const optimizer = new Adam(parameters, { learningRate: 1e-3 });

  // A whole training step, recorded once, runs as one program.
  const trainStep = compile((images: Tensor, labels: Tensor) => {
    const tape = new Tape();
    const loss = tape.record(() => crossEntropy(model.forward(images), labels));
    optimizer.step(tape.gradient(loss, parameters));
    return loss;
  });
  const batches = new Batches(training, { size: 64, seed, dropLast: true });
  const losses = await train(steps, display, (step) => {
    const batch = batches.at(step);
    return trainStep(imagesOf(batch), labelsOf(batch));
  });

  model.eval();
  const found = await argmax(model.forward(imagesOf(heldOut)), { axis: -1 }).data();
  const expected = heldOut.map(({ label }) => label);
  const { value, share } = mostFrequent(expected);
  return {
    losses,
    scores: [
      { name: "digits read right", value: agreement(found, expected), baselines: { [`always ${value}`]: share } },
    ],
  };
}
