/** Dropout (Srivastava et al., 2014), inverted: survivors are scaled up in training, so evaluation is the identity. */
import { TapegradError, type Tensor } from "@tapegrad/core";
import { asTensor, div, type Generator, type TensorLike, where } from "@tapegrad/ops";
import { type GeneratorOptions, generatorOr } from "./initialization.ts";
import { Module } from "./module.ts";

export class Dropout extends Module {
  readonly probability: number;
  readonly #generator: Generator;

  /** @throws TapegradError unless 0 ≤ probability < 1. */
  constructor(probability: number, { generator }: GeneratorOptions = {}) {
    super();
    if (!(probability >= 0 && probability < 1)) {
      throw new TapegradError("Dropout", `not a probability of being dropped: ${probability}`, "use 0 ≤ p < 1");
    }
    this.probability = probability;
    this.#generator = generatorOr(generator);
  }

  forward(x: TensorLike): Tensor {
    const value = asTensor(x);
    if (!this.training || this.probability === 0) return value;
    const kept = this.#generator.bernoulli(1 - this.probability, value.shape);
    return where(kept, div(value, 1 - this.probability), 0);
  }
}
