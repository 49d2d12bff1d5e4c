/**
 * The exponential moving average of Parameters. The averaged model often evaluates better than the latest one (Polyak and
 * Juditsky, 1992).
 */
import { type LoadOptions, type LoadReport, Parameter, type Tensor, withParameters } from "@tapegrad/core";
import { checkFunction, checkNumber, defined, loadState, optionsOf, stateOf } from "@tapegrad/core/internal";
import { add, mul, sub } from "@tapegrad/ops";
import { checked, parametersOf, someOf } from "./hyperparameter.ts";

/** Options of `new ExponentialMovingAverage`. */
export interface AverageOptions {
  /** How much of the average stays at an update; 0.999 by default, which looks back about a thousand steps. */
  readonly decay?: number | undefined;
}

const averageOptions = { decay: checkNumber } as const;

/**
 * ā ← ā + (1 − decay)·(θ − ā), beginning with the Parameters as they are.
 * @pytorch torch.optim.swa_utils.AveragedModel
 * @example
 * import { ExponentialMovingAverage, Parameter, tensor } from "tapegrad";
 * const weight = new Parameter(0);
 * const average = new ExponentialMovingAverage([weight], { decay: 0.9 });
 * weight.assign(tensor(1));
 * average.update();
 * console.log(average.evaluate(() => weight.value), weight.value); // → Tensor(float32 []) 0.1 Tensor(float32 []) 1
 */
export class ExponentialMovingAverage {
  /** The Parameters that are averaged. */
  readonly parameters: readonly Parameter[];
  /** One for each of `parameters`. */
  readonly averages: readonly Parameter[];
  /** How much of the average stays at an update. */
  readonly decay: number;

  /** @throws TapegradError unless 0 ≤ decay < 1. */
  constructor(parameters: Iterable<Parameter>, options: AverageOptions = {}) {
    const { decay = 0.999 } = optionsOf(new.target.name, options, averageOptions);
    this.decay = checked(new.target.name, "decay", decay, 1);
    this.parameters = someOf(new.target.name, parametersOf(new.target.name, parameters));
    this.averages = this.parameters.map(
      ({ name, value }) => new Parameter(value, { name: `${name}.average`, trainable: false }),
    );
  }

  /** Takes in the Parameters as they are now; call it after each step, in a compiled step as well. */
  update(): void {
    for (const [i, average] of this.averages.entries()) {
      const parameter = defined(this.parameters[i], "parameter");
      average.assign(add(average, mul(1 - this.decay, sub(parameter, average))));
    }
  }

  /** Runs `fn` with the averages in place of the Parameters, which are as they were afterwards. */
  evaluate<T>(fn: () => T): T {
    checkFunction("evaluate", "callback", fn, "average.evaluate(() => model.forward(x))");
    return withParameters(
      this.parameters,
      this.averages.map(({ value }) => value),
      fn,
    );
  }

  /** Makes the averages the Parameters' values. */
  assignToParameters(): void {
    for (const [i, parameter] of this.parameters.entries())
      parameter.assign(defined(this.averages[i], "average").value);
  }

  /** `average.0`, `average.1`, … */
  stateDict(): Record<string, Tensor> {
    return stateOf(this.#state());
  }

  /** Takes over all averages, or none; see `Module.loadStateDict`. @throws TapegradError, ShapeError, DTypeError likewise. */
  loadStateDict(state: Readonly<Record<string, Tensor>>, options: LoadOptions = {}): LoadReport {
    return loadState("the same optimiser and model", this.#state(), state, options);
  }

  #state(): [string, Parameter][] {
    return this.averages.map((average, i) => [`average.${i}`, average]);
  }
}
