/** A training step of a multilayer perceptron, op by op: linear layers with relu between, mean squared error, SGD. */
import { Generator, Linear, mseLoss, relu, Sequential, SGD, Tape, type Tensor } from "tapegrad";
import type { ComparedStep } from "./peer.ts";
import { learningRate } from "./training-step.ts";

export interface PerceptronTask {
  readonly name: string;
  readonly batch: number;
  /** Features of the input, then of each layer's output. */
  readonly widths: readonly number[];
}

export const perceptron: PerceptronTask = { name: "mlp", batch: 32, widths: [32, 64, 64, 1] };

export class PerceptronStep implements ComparedStep {
  /** float32 [batch, first width]. */
  readonly inputs: Tensor;
  /** float32 [batch, last width]. */
  readonly targets: Tensor;
  readonly #model: Sequential;
  readonly #optimizer: SGD;

  /** Everything is drawn from one fixed seed. */
  constructor({ batch, widths }: PerceptronTask) {
    const generator = new Generator(1);
    const layers = widths.slice(1).map((width, i) => new Linear(widths[i] ?? 0, width, { generator }));
    this.#model = new Sequential(...layers.flatMap((layer, i) => (i === 0 ? [layer] : [relu, layer])));
    this.#optimizer = new SGD(this.#model.parameters(), { learningRate });
    this.inputs = generator.normal([batch, widths[0] ?? 0]);
    this.targets = generator.normal([batch, widths.at(-1) ?? 0]);
  }

  weights(): Record<string, Tensor> {
    return this.#model.stateDict();
  }

  advance(): number {
    using tape = new Tape();
    const loss = tape.record(() => mseLoss(this.#model.forward(this.inputs), this.targets));
    this.#optimizer.step(tape.gradient(loss, this.#model.parameters()));
    return loss.itemSync();
  }
}
