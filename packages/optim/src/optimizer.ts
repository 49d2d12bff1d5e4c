/** What every optimiser is: Parameters, a learning rate, and per-Parameter state, all of it tensors that can be saved. */
import {
  defined,
  formatShape,
  Parameter,
  ShapeError,
  sameShape,
  TapegradError,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { zerosLike } from "@tapegrad/ops";

export interface OptimizerOptions {
  readonly learningRate: number;
}

export abstract class Optimizer {
  readonly parameters: readonly Parameter[];
  /** A scalar Parameter, so that changing it changes no compiled program. */
  readonly #learningRate: Parameter;
  /** By name, then aligned with `parameters`. */
  readonly #slots = new Map<string, readonly Parameter[]>();
  readonly #scalars = new Map<string, Parameter>();

  /** @throws TapegradError for a learning rate that is not a number from 0. */
  constructor(parameters: Iterable<Parameter>, { learningRate }: OptimizerOptions) {
    this.parameters = [...parameters];
    this.#learningRate = this.scalar(
      "learningRate",
      checkRate(new.target.name, learningRate),
      this.parameters[0]?.dtype,
    );
  }

  get learningRate(): Tensor {
    return this.#learningRate.value;
  }
  set learningRate(rate: number) {
    this.#learningRate.assign(tensor(checkRate(this.constructor.name, rate), { dtype: this.#learningRate.dtype }));
  }

  /**
   * Changes the Parameters by `gradients`, aligned with them.
   * @throws ShapeError when their number or shapes differ; then nothing changes.
   */
  step(gradients: readonly Tensor[]): void {
    if (gradients.length !== this.parameters.length) {
      throw new ShapeError(
        this.constructor.name,
        `${gradients.length} gradients for ${this.parameters.length} parameters`,
        "pass tape.gradient(loss, parameters)",
      );
    }
    for (const [i, parameter] of this.parameters.entries()) {
      const { shape } = defined(gradients[i], "gradient");
      if (!sameShape(shape, parameter.shape)) {
        throw new ShapeError(
          this.constructor.name,
          `the gradient of ${parameter.name} has another shape: ${formatShape(shape)} for ${formatShape(parameter.shape)}`,
        );
      }
    }
    this.update(gradients);
  }

  protected abstract update(gradients: readonly Tensor[]): void;

  /** One zero-initialised Parameter beside each of `parameters`. */
  protected slot(name: string): readonly Parameter[] {
    const slot = this.parameters.map(
      (parameter) => new Parameter(zerosLike(parameter), { name: `${parameter.name}.${name}`, trainable: false }),
    );
    this.#slots.set(name, slot);
    return slot;
  }

  /** A single number of state. */
  protected scalar(name: string, value: number, dtype: Tensor["dtype"] = "float32"): Parameter {
    const scalar = new Parameter(tensor(value, { dtype }), { name, trainable: false });
    this.#scalars.set(name, scalar);
    return scalar;
  }

  /** All state as tensors: `learningRate`, and for each slot `name.0`, `name.1`, … in the order of the Parameters. */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries(Array.from(this.#state(), ([name, parameter]) => [name, parameter.value]));
  }

  /** Takes over all state, or none. @throws TapegradError when names, shapes or dtypes differ. */
  loadStateDict(state: Readonly<Record<string, Tensor>>): void {
    const own = new Map(this.#state());
    const wrong = [...own].find(([name, { shape, dtype }]) => {
      const value = state[name];
      return value === undefined || !sameShape(value.shape, shape) || value.dtype !== dtype;
    });
    const unknown = Object.keys(state).find((name) => !own.has(name));
    if (wrong !== undefined || unknown !== undefined) {
      throw new TapegradError(
        "loadStateDict",
        `the state does not fit this ${this.constructor.name}: ${wrong?.[0] ?? unknown}`,
        "load a state of the same optimiser and model",
      );
    }
    for (const [name, parameter] of own) parameter.assign(defined(state[name], name));
  }

  *#state(): Iterable<[string, Parameter]> {
    yield* this.#scalars;
    for (const [name, slot] of this.#slots)
      for (const [i, parameter] of slot.entries()) yield [`${name}.${i}`, parameter];
  }
}

function checkRate(op: string, rate: number): number {
  if (!(rate >= 0)) throw new TapegradError(op, `not a learning rate: ${rate}`, "use a number from 0");
  return rate;
}
