/** Adagrad (Duchi, Hazan and Singer, 2011). */
import type { Parameter } from "@tapegrad/core";
import { checkNumber, defined, optionsOf } from "@tapegrad/core/internal";
import { add, div, mul, square, sub } from "@tapegrad/ops";
import { checked } from "./hyperparameter.ts";
import { assign, decayed, type GroupStep, Optimizer, type OptimizerOptions, optimizerOptions } from "./optimizer.ts";
import { root } from "./root.ts";

/** Options of `new Adagrad`. */
export interface AdagradOptions extends OptimizerOptions {
  /** Divides the learning rate by 1 + learningRateDecay·(t − 1); 0 by default. */
  readonly learningRateDecay?: number | undefined;
  /** What the sums of squares begin with; 0 by default. */
  readonly initialAccumulator?: number | undefined;
  /** Added to the root of the sum; 1e-10 by default. */
  readonly epsilon?: number | undefined;
}

const adagradOptions = {
  ...optimizerOptions,
  learningRateDecay: checkNumber,
  initialAccumulator: checkNumber,
  epsilon: checkNumber,
} as const;

/**
 * s ← s + g²; θ ← θ − η·g / (√s + ε). The learning rate is 1e-2 by default.
 * @pytorch torch.optim.Adagrad
 * @example
 * import { Adagrad, Parameter, tensor } from "tapegrad";
 * const weight = new Parameter([1, 1]);
 * const optimizer = new Adagrad([weight], { learningRate: 0.5 });
 * for (let i = 0; i < 2; i++) optimizer.step([tensor([1, 0])]);
 * console.log(weight.value); // 1 − 0.5 − 0.5/√2, and 1
 * // → Tensor(float32 [2]) [0.146447,        1]
 */
export class Adagrad extends Optimizer {
  /** Divides the learning rate by 1 + learningRateDecay·(t − 1). */
  readonly learningRateDecay: number;
  /** Added to the root of the sum of squares. */
  readonly epsilon: number;
  readonly #sums: readonly Parameter[];

  constructor(parameters: Iterable<Parameter>, options: AdagradOptions = {}) {
    const {
      learningRateDecay = 0,
      initialAccumulator = 0,
      epsilon = 1e-10,
      ...rest
    } = optionsOf(new.target.name, options, adagradOptions);
    super(parameters, { learningRate: 1e-2, ...rest });
    this.learningRateDecay = checked(new.target.name, "learning rate decay", learningRateDecay);
    this.epsilon = checked(new.target.name, "epsilon", epsilon);
    this.#sums = this.slot("squareSum", checked(new.target.name, "initial accumulator", initialAccumulator));
  }

  protected update({ updates, learningRate, weightDecay, steps }: GroupStep): void {
    const decay = add(1, mul(this.learningRateDecay, sub(steps, 1)));
    const rate = this.learningRateDecay === 0 ? learningRate : div(learningRate, decay);
    for (const update of updates) {
      const { index, parameter } = update;
      const gradient = decayed(update, weightDecay);
      const slot = defined(this.#sums[index], "sum of squares");
      const sum = add(slot, square(gradient));
      slot.assign(sum);
      assign(parameter, sub(parameter, mul(rate, div(gradient, add(root(sum), this.epsilon)))));
    }
  }
}
