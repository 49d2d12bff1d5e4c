/** Dropout (Srivastava et al., 2014), inverted: survivors are scaled up in training, so evaluation is the identity. */
import { formatShape, type Shape, ShapeError, type Tensor } from "@tapegrad/core";
import { checkBoolean, checkRange, optionsOf } from "@tapegrad/core/internal";
import { div, type Generator, type TensorLike, where } from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";
import { type GeneratorOptions, generatorOptions, generatorOr } from "./initialization.ts";
import { Module } from "./module.ts";

export class Dropout extends Module {
  readonly probability: number;
  readonly #generator: Generator;

  /** @throws TapegradError unless 0 ≤ probability < 1. */
  constructor(probability: number, options: GeneratorOptions = {}) {
    super();
    const { generator } = optionsOf(new.target.name, options, generatorOptions);
    this.probability = checkProbability(new.target.name, "probability of being dropped", probability);
    this.#generator = generatorOr(generator);
  }

  forward(x: TensorLike): Tensor {
    const value = tensorOf(this.constructor.name, "input", x);
    if (!this.training || this.probability === 0) return value;
    const kept = this.#generator.bernoulli(1 - this.probability, this.maskShape(value.shape));
    return where(kept, div(value, 1 - this.probability), 0);
  }

  /** The shape of the mask, which broadcasts to that of the input. */
  protected maskShape(shape: Shape): Shape {
    return shape;
  }
}

export interface VariationalDropoutOptions extends GeneratorOptions {
  /** Inputs are [time, batch, …] instead of [batch, time, …]. */
  readonly timeMajor?: boolean;
}

const variationalDropoutOptions = { timeMajor: checkBoolean, ...generatorOptions } as const;

/**
 * Dropout of whole features of a sequence: the same mask at every time step (Gal and Ghahramani, 2016), for the inputs and
 * outputs of recurrent layers. `VariationalDropoutCell` is the same for the recurrent connection.
 */
export class VariationalDropout extends Dropout {
  readonly #timeAxis: number;

  constructor(probability: number, options: VariationalDropoutOptions = {}) {
    const { timeMajor = false, ...rest } = optionsOf(new.target.name, options, variationalDropoutOptions);
    super(probability, rest);
    this.#timeAxis = timeMajor ? 0 : 1;
  }

  /** @throws ShapeError unless there is a time axis. */
  protected override maskShape(shape: Shape): Shape {
    if (shape.length < 2) {
      throw new ShapeError(
        "VariationalDropout",
        `not a batch of sequences: ${formatShape(shape)} (rank ${shape.length} < 2)`,
        "give it [batch, time, …]",
      );
    }
    return shape.with(this.#timeAxis, 1);
  }
}

/** `probability`, which is called `what`. @throws DTypeError, TapegradError unless it is one, and below 1. */
export function checkProbability(op: string, what: string, probability: number): number {
  return checkRange(op, what, probability, (p) => p >= 0 && p < 1, "0 ≤ p < 1");
}
