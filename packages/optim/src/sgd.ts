/** Stochastic gradient descent. */
import { defined, type Parameter, type Tensor } from "@tapegrad/core";
import { add, mul, sub } from "@tapegrad/ops";
import { Optimizer, type OptimizerOptions } from "./optimizer.ts";

export interface SGDOptions extends OptimizerOptions {
  readonly momentum?: number;
  /** Look ahead along the momentum (Sutskever et al., 2013). */
  readonly nesterov?: boolean;
  /** Adds this times the Parameter to its gradient. */
  readonly weightDecay?: number;
}

/** v ← μ·v + g; θ ← θ − η·v, or θ − η·(g + μ·v) with Nesterov: PyTorch's form, where the learning rate scales the step. */
export class SGD extends Optimizer {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  readonly #velocities: readonly Parameter[];

  constructor(
    parameters: Iterable<Parameter>,
    { momentum = 0, nesterov = false, weightDecay = 0, ...options }: SGDOptions,
  ) {
    super(parameters, options);
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.weightDecay = weightDecay;
    this.#velocities = momentum === 0 ? [] : this.slot("velocity");
  }

  protected update(gradients: readonly Tensor[]): void {
    for (const [i, parameter] of this.parameters.entries()) {
      const gradient = decayed(defined(gradients[i], "gradient"), parameter, this.weightDecay);
      parameter.assign(sub(parameter, mul(this.learningRate, this.#direction(gradient, this.#velocities[i]))));
    }
  }

  #direction(gradient: Tensor, slot: Parameter | undefined): Tensor {
    if (slot === undefined) return gradient;
    const velocity = add(mul(this.momentum, slot), gradient);
    slot.assign(velocity);
    return this.nesterov ? add(gradient, mul(this.momentum, velocity)) : velocity;
  }
}

/** The gradient of loss + weightDecay/2·‖θ‖². */
export function decayed(gradient: Tensor, parameter: Parameter, weightDecay: number): Tensor {
  return weightDecay === 0 ? gradient : add(gradient, mul(weightDecay, parameter));
}
