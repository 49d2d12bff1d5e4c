/** Dropout (Srivastava et al., 2014), inverted: survivors are scaled up in training, so evaluation is the identity. */
import { formatShape, type Shape, ShapeError, type Tensor } from "@tapegrad/core";
import { checkBoolean, checkRange, optionsOf } from "@tapegrad/core/internal";
import { div, type Generator, type TensorLike, where } from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";
import { type GeneratorOptions, generatorOptions, generatorOr } from "../initialization/initialization.ts";
import { Module } from "../module.ts";

/**
 * In training, sets each element to 0 with a probability, and scales the others up by 1 / (1 − probability); the identity
 * after `eval()`. The shape stays.
 * @throws TapegradError unless 0 ≤ probability < 1.
 * @pytorch torch.nn.Dropout
 * @example
 * import { Dropout, Generator, ones } from "tapegrad";
 * const dropout = new Dropout(0.5, { generator: new Generator(1) });
 * console.log(dropout.forward(ones([6]))); // in training
 * // → Tensor(float32 [6]) [0, 0, 2, 2, 2, 0]
 * console.log(dropout.eval().forward(ones([3]))); // → Tensor(float32 [3]) [1, 1, 1]
 */
export class Dropout extends Module {
  /** Of an element being set to 0. */
  readonly probability: number;
  readonly #generator: Generator;

  /** @throws TapegradError unless 0 ≤ probability < 1. */
  constructor(probability: number, options: GeneratorOptions = {}) {
    super();
    const { generator } = optionsOf(new.target.name, options, generatorOptions);
    this.probability = checkProbability(new.target.name, "probability of being dropped", probability);
    this.#generator = generatorOr(generator);
  }

  /** `x` with elements dropped in training, and `x` itself in evaluation. [...] → [...]. */
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

/** Options of `new VariationalDropout`. */
export interface VariationalDropoutOptions extends GeneratorOptions {
  /** Inputs are [time, batch, …] instead of [batch, time, …]. */
  readonly timeMajor?: boolean | undefined;
}

const variationalDropoutOptions = { timeMajor: checkBoolean, ...generatorOptions } as const;

/**
 * Dropout of whole features of a sequence: the same mask at every time step (Gal and Ghahramani, 2016), for the inputs and
 * outputs of recurrent layers. `VariationalDropoutCell` is the same for the recurrent connection.
 * @example
 * import { Generator, ones, VariationalDropout } from "tapegrad";
 * const dropout = new VariationalDropout(0.5, { generator: new Generator(1) });
 * const y = dropout.forward(ones([1, 2, 4])); // [batch, time, feature]
 * console.log(y.reshape([2, 4])); // the same mask at every step
 * // → Tensor(float32 [2,4])
 * // → [[0, 0, 2, 2],
 * // →  [0, 0, 2, 2]]
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
