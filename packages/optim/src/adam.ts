/** Adam (Kingma and Ba, 2015), and AdamW, whose weight decay is apart from the gradient (Loshchilov and Hutter, 2019). */
import type { Parameter, Tensor } from "@tapegrad/core";
import { checkBoolean, checkCount, checkList, checkNumber, optionsOf } from "@tapegrad/core/internal";
import { add, div, expm1, maximum, mul, neg, sqrt, square, sub, type TensorLike } from "@tapegrad/ops";
import { checked } from "./hyperparameter.ts";
import {
  accumulate,
  assign,
  decayed,
  type GroupStep,
  Optimizer,
  type OptimizerOptions,
  optimizerOptions,
  type Update,
} from "./optimizer.ts";
import { root } from "./root.ts";

/** Options of `new Adam` and `new AdamW`. */
export interface AdamOptions extends OptimizerOptions {
  /** Decay rates of the first and second moment; 0.9 and 0.999 by default. */
  readonly betas?: readonly [number, number] | undefined;
  /** Added to the root of the second moment; 1e-8 by default. */
  readonly epsilon?: number | undefined;
  /** Divide by the largest second moment so far instead of the latest (Reddi, Kale and Kumar, 2018). */
  readonly amsgrad?: boolean | undefined;
}

/** @throws ShapeError, DTypeError unless it is a list of two numbers. */
function checkBetas(op: string, what: string, betas: readonly number[]): unknown {
  const { length } = checkList(op, `numbers of the ${what}`, betas, "{ betas: [0.9, 0.999] }");
  checkCount(op, `length of the ${what}`, length, 2, 2);
  return betas.map((beta) => checkNumber(op, what, beta));
}

const adamOptions = { ...optimizerOptions, betas: checkBetas, epsilon: checkNumber, amsgrad: checkBoolean } as const;

/**
 * m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← θ − η·m̂ / (√v̂ + ε), the hats dividing by 1 − βᵗ. The learning rate is 1e-3
 * by default.
 * @pytorch torch.optim.Adam
 * @example
 * import { Adam, Generator, Linear, mseLoss, ones, Tape } from "tapegrad";
 * const model = new Linear(2, 1, { generator: new Generator(1) });
 * const optimizer = new Adam(model.parameters(), { learningRate: 0.05 });
 * const loss = () => mseLoss(model.forward(ones([1, 2])), ones([1, 1]));
 * const before = loss().itemSync();
 * for (let i = 0; i < 100; i++) {
 *   const tape = new Tape();
 *   optimizer.step(tape.gradient(tape.record(loss), optimizer.parameters));
 * }
 * console.log(loss().itemSync() < before / 100); // → true
 */
export class Adam extends Optimizer {
  /** Decay rates of the first and second moment. */
  readonly betas: readonly [number, number];
  /** Added to the root of the second moment. */
  readonly epsilon: number;
  readonly #first: readonly Parameter[];
  readonly #second: readonly Parameter[];
  readonly #largest: readonly Parameter[];

  constructor(parameters: Iterable<Parameter>, options: AdamOptions = {}) {
    const {
      betas = [0.9, 0.999],
      epsilon = 1e-8,
      amsgrad = false,
      ...rest
    } = optionsOf(new.target.name, options, adamOptions);
    super(parameters, { learningRate: 1e-3, ...rest });
    this.betas = [
      checked(new.target.name, "decay rate", betas[0], 1),
      checked(new.target.name, "decay rate", betas[1], 1),
    ];
    this.epsilon = checked(new.target.name, "epsilon", epsilon);
    this.#first = this.slot("firstMoment");
    this.#second = this.slot("secondMoment");
    this.#largest = amsgrad ? this.slot("largestSecondMoment") : [];
  }

  protected update({ updates, learningRate, weightDecay, steps }: GroupStep): void {
    const [beta1, beta2] = this.betas;
    const stepSize = div(learningRate, correction(beta1, steps));
    const secondScale = sqrt(correction(beta2, steps));
    for (const update of updates) {
      const { index, parameter } = update;
      const gradient = this.gradientOf(update, weightDecay);
      const first = accumulate(this.#first[index], beta1, gradient);
      const second = this.#secondMoment(index, gradient);
      const denominator = add(div(root(second), secondScale), this.epsilon);
      const start = this.startOf(parameter, learningRate, weightDecay);
      assign(parameter, sub(start, mul(stepSize, div(first, denominator))));
    }
  }

  #secondMoment(index: number, gradient: Tensor): Tensor {
    const second = accumulate(this.#second[index], this.betas[1], square(gradient));
    const slot = this.#largest[index];
    if (slot === undefined) return second;
    const largest = maximum(slot, second);
    slot.assign(largest);
    return largest;
  }

  /** What the moments are of. */
  protected gradientOf(update: Update, weightDecay: number): Tensor {
    return decayed(update, weightDecay);
  }

  /** Where the step begins. */
  protected startOf(parameter: Parameter, _learningRate: Tensor, _weightDecay: number): TensorLike {
    return parameter;
  }
}

/**
 * Adam whose weight decay, 0.01 by default, shrinks the Parameter itself: θ ← (1 − η·λ)·θ before the step.
 * @pytorch torch.optim.AdamW
 * @example
 * import { AdamW, Parameter, zeros } from "tapegrad";
 * const weight = new Parameter([1, 1]);
 * const optimizer = new AdamW([weight], { learningRate: 0.1, weightDecay: 0.5 });
 * optimizer.step([zeros([2])]); // no gradient: the decay alone, 1 − 0.1 · 0.5
 * console.log(weight.value); // → Tensor(float32 [2]) [0.95, 0.95]
 */
export class AdamW extends Adam {
  constructor(parameters: Iterable<Parameter>, options: AdamOptions = {}) {
    super(parameters, { weightDecay: 0.01, ...optionsOf(new.target.name, options, adamOptions) });
  }

  protected override gradientOf({ gradient }: Update): Tensor {
    return gradient;
  }

  protected override startOf(parameter: Parameter, learningRate: Tensor, weightDecay: number): TensorLike {
    return weightDecay === 0 ? parameter : mul(parameter, sub(1, mul(weightDecay, learningRate)));
  }
}

/** 1 − βᵗ as −expm1(t·log β), which keeps its digits when β is near 1. */
function correction(beta: number, steps: Tensor): Tensor {
  return neg(expm1(mul(Math.log(beta), steps)));
}
