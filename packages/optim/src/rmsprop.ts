/** RMSprop (Tieleman and Hinton, 2012), in PyTorch's form. */
import type { Parameter, Tensor } from "@tapegrad/core";
import { checkBoolean, checkNumber, optionsOf } from "@tapegrad/core/internal";
import { add, div, maximum, mul, square, sub } from "@tapegrad/ops";
import { checked } from "./hyperparameter.ts";
import {
  accumulate,
  assign,
  decayed,
  type GroupStep,
  Optimizer,
  type OptimizerOptions,
  optimizerOptions,
} from "./optimizer.ts";
import { root } from "./root.ts";

/** Options of `new RMSprop`. */
export interface RMSpropOptions extends OptimizerOptions {
  /** Decay rate of the average of squares; 0.99 by default. */
  readonly alpha?: number | undefined;
  /** Added to the root of that average; 1e-8 by default. */
  readonly epsilon?: number | undefined;
  /** How much of its velocity a step keeps; 0 by default. */
  readonly momentum?: number | undefined;
  /** Divide by the deviation from the average gradient, not by its root mean square (Graves, 2013). */
  readonly centered?: boolean | undefined;
}

const rmspropOptions = {
  ...optimizerOptions,
  alpha: checkNumber,
  epsilon: checkNumber,
  momentum: checkNumber,
  centered: checkBoolean,
} as const;

/**
 * s ← α·s + (1 − α)·g²; θ ← θ − η·g / (√s + ε); centred, s less the square of the average gradient. With momentum
 * v ← μ·v + g / (√s + ε); θ ← θ − η·v. The learning rate is 1e-2 by default.
 * @pytorch torch.optim.RMSprop
 * @example
 * import { Parameter, RMSprop, tensor } from "tapegrad";
 * const weight = new Parameter([1, 1]);
 * const optimizer = new RMSprop([weight], { learningRate: 0.01 });
 * optimizer.step([tensor([1, 1000])]); // steps of one size, however large the gradient
 * console.log(weight.value); // → Tensor(float32 [2]) [0.9, 0.9]
 */
export class RMSprop extends Optimizer {
  /** Decay rate of the average of squares. */
  readonly alpha: number;
  /** Added to the root of the average. */
  readonly epsilon: number;
  /** How much of the last step is taken again; 0 is none. */
  readonly momentum: number;
  readonly #squares: readonly Parameter[];
  readonly #means: readonly Parameter[];
  readonly #velocities: readonly Parameter[];

  constructor(parameters: Iterable<Parameter>, options: RMSpropOptions = {}) {
    const {
      alpha = 0.99,
      epsilon = 1e-8,
      momentum = 0,
      centered = false,
      ...rest
    } = optionsOf(new.target.name, options, rmspropOptions);
    super(parameters, { learningRate: 1e-2, ...rest });
    this.alpha = checked(new.target.name, "decay rate", alpha, 1);
    this.epsilon = checked(new.target.name, "epsilon", epsilon);
    this.momentum = checked(new.target.name, "momentum", momentum);
    this.#squares = this.slot("squareAverage");
    this.#means = centered ? this.slot("average") : [];
    this.#velocities = momentum === 0 ? [] : this.slot("velocity");
  }

  protected update({ updates, learningRate, weightDecay }: GroupStep): void {
    for (const update of updates) {
      const { index, parameter } = update;
      const gradient = decayed(update, weightDecay);
      const scaled = div(gradient, add(root(this.#spread(index, gradient)), this.epsilon));
      const slot = this.#velocities[index];
      const direction = slot === undefined ? scaled : accumulate(slot, this.momentum, scaled, 1);
      assign(parameter, sub(parameter, mul(learningRate, direction)));
    }
  }

  #spread(index: number, gradient: Tensor): Tensor {
    const squares = accumulate(this.#squares[index], this.alpha, square(gradient));
    const slot = this.#means[index];
    if (slot === undefined) return squares;
    // Rounding can take the difference below 0, where the root would be NaN.
    return maximum(0, sub(squares, square(accumulate(slot, this.alpha, gradient))));
  }
}
