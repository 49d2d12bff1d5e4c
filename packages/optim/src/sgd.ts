/** Stochastic gradient descent. */
import { type Parameter, TapegradError, type Tensor } from "@tapegrad/core";
import { checkBoolean, checkNumber, optionsOf } from "@tapegrad/core/internal";
import { add, equal, mul, sub, where } from "@tapegrad/ops";
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
import type { Schedule } from "./schedules.ts";

/** Options of `new SGD`. */
export interface SGDOptions extends OptimizerOptions {
  readonly learningRate: number | Schedule;
  /** How much of its velocity a step keeps; 0 by default. */
  readonly momentum?: number | undefined;
  /** Takes this part off what a gradient adds to the velocity, from the second step on; 0 by default. */
  readonly dampening?: number | undefined;
  /** Look ahead along the momentum (Sutskever et al., 2013). */
  readonly nesterov?: boolean | undefined;
}

const sgdOptions = {
  ...optimizerOptions,
  momentum: checkNumber,
  dampening: checkNumber,
  nesterov: checkBoolean,
} as const;

/**
 * v ← μ·v + (1 − dampening)·g; θ ← θ − η·v, or θ − η·(g + μ·v) with Nesterov: PyTorch's form, where the learning rate scales
 * the step, and the first velocity is the gradient.
 * @throws TapegradError, DTypeError for options that there are not or that are out of range.
 * @pytorch torch.optim.SGD
 * @example
 * import { Parameter, SGD } from "tapegrad";
 * const x = new Parameter(4);
 * const optimizer = new SGD([x], { learningRate: 0.1, momentum: 0.9 });
 * for (let i = 0; i < 2; i++) optimizer.step([x.value.mul(2)]); // the gradient of x²
 * console.log(x.value); // → Tensor(float32 []) 1.84
 */
export class SGD extends Optimizer {
  /** How much of the velocity stays from step to step. */
  readonly momentum: number;
  /** How much of the gradient is left out of the velocity. */
  readonly dampening: number;
  /** Whether the step looks ahead along the velocity (Nesterov). */
  readonly nesterov: boolean;
  readonly #velocities: readonly Parameter[];

  /** @throws TapegradError for numbers out of range, and for Nesterov without momentum or with dampening. */
  constructor(parameters: Iterable<Parameter>, options: SGDOptions) {
    // What a caller without types may leave out is then missed by name.
    const {
      momentum = 0,
      dampening = 0,
      nesterov = false,
      ...rest
    } = optionsOf<Partial<SGDOptions>>(new.target.name, options ?? {}, sgdOptions);
    super(parameters, rest);
    this.momentum = checked(new.target.name, "momentum", momentum);
    this.dampening = checked(new.target.name, "dampening", dampening);
    this.nesterov = nesterov;
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new TapegradError(
        new.target.name,
        `nesterov does not go with momentum ${momentum} and dampening ${dampening}`,
        "use a momentum above 0 and no dampening",
      );
    }
    this.#velocities = momentum === 0 ? [] : this.slot("velocity");
  }

  protected update({ updates, learningRate, weightDecay, steps }: GroupStep): void {
    for (const update of updates) {
      const gradient = decayed(update, weightDecay);
      const direction = this.#direction(gradient, this.#velocities[update.index], steps);
      assign(update.parameter, sub(update.parameter, mul(learningRate, direction)));
    }
  }

  #direction(gradient: Tensor, slot: Parameter | undefined, steps: Tensor): Tensor {
    if (slot === undefined) return gradient;
    const { momentum, dampening } = this;
    const damped = dampening === 0 ? gradient : where(equal(steps, 1), gradient, mul(1 - dampening, gradient));
    const velocity = accumulate(slot, momentum, damped, 1);
    return this.nesterov ? add(gradient, mul(momentum, velocity)) : velocity;
  }
}
