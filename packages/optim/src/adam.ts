/** Adam (Kingma and Ba, 2015). */
import { defined, type Parameter, type Tensor } from "@tapegrad/core";
import { add, div, expm1, mul, neg, sqrt, square, sub } from "@tapegrad/ops";
import { Optimizer, type OptimizerOptions } from "./optimizer.ts";
import { decayed } from "./sgd.ts";

export interface AdamOptions extends OptimizerOptions {
  /** Decay rates of the first and second moment; 0.9 and 0.999 by default. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the second moment; 1e-8 by default. */
  readonly epsilon?: number;
  /** Adds this times the Parameter to its gradient. */
  readonly weightDecay?: number;
}

/** m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← θ − η·m̂ / (√v̂ + ε), the hats dividing by 1 − βᵗ. */
export class Adam extends Optimizer {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly #steps: Parameter;
  readonly #first: readonly Parameter[];
  readonly #second: readonly Parameter[];

  constructor(
    parameters: Iterable<Parameter>,
    { betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0, ...options }: AdamOptions,
  ) {
    super(parameters, options);
    this.betas = betas;
    this.epsilon = epsilon;
    this.weightDecay = weightDecay;
    this.#steps = this.scalar("steps", 0, this.parameters[0]?.dtype);
    this.#first = this.slot("firstMoment");
    this.#second = this.slot("secondMoment");
  }

  protected update(gradients: readonly Tensor[]): void {
    const steps = add(this.#steps, 1);
    this.#steps.assign(steps);
    const [beta1, beta2] = this.betas;
    const stepSize = div(this.learningRate, correction(beta1, steps));
    const secondScale = sqrt(correction(beta2, steps));
    for (const [i, parameter] of this.parameters.entries()) {
      const gradient = decayed(defined(gradients[i], "gradient"), parameter, this.weightDecay);
      const first = moment(defined(this.#first[i], "first moment"), beta1, gradient);
      const second = moment(defined(this.#second[i], "second moment"), beta2, square(gradient));
      const denominator = add(div(sqrt(second), secondScale), this.epsilon);
      parameter.assign(sub(parameter, mul(stepSize, div(first, denominator))));
    }
  }
}

function moment(slot: Parameter, beta: number, value: Tensor): Tensor {
  const next = add(mul(beta, slot), mul(1 - beta, value));
  slot.assign(next);
  return next;
}

/** 1 − βᵗ as −expm1(t·log β), which keeps its digits when β is near 1. */
function correction(beta: number, steps: Tensor): Tensor {
  return neg(expm1(mul(Math.log(beta), steps)));
}
