/** Parameters that share a learning rate and a weight decay. Every optimiser has at least one such group. */
import {
  type DType,
  DTypeError,
  type FloatDType,
  isFloat,
  Parameter,
  TapegradError,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { checkDType, checkFunction, optionsOf } from "@tapegrad/core/internal";
import { cast, type TensorLike } from "@tapegrad/ops";
import { checked, parametersOf, scalarOf } from "./hyperparameter.ts";
import type { Schedule } from "./schedules.ts";

/** Some of an optimiser's Parameters, and what they have of their own; what is left out is the optimiser's. */
export interface GroupOptions {
  readonly parameters: Iterable<Parameter>;
  readonly learningRate?: number | Schedule | undefined;
  readonly weightDecay?: number | undefined;
}

export const groupOptions = { parameters: true, learningRate: true, weightDecay: true } as const;

/**
 * The group of those that weight decay should spare: biases and gains, which is to say Parameters of fewer than two axes,
 * or those that `exempt` picks. `new AdamW(all, { weightDecay: 0.1, groups: [withoutDecay(all)] })`
 * @example
 * import { AdamW, Linear, withoutDecay } from "tapegrad";
 * const layer = new Linear(3, 2);
 * const optimizer = new AdamW(layer.parameters(), { weightDecay: 0.1, groups: [withoutDecay(layer.parameters())] });
 * console.log(optimizer.groups.map(({ parameters, weightDecay }) => [parameters.length, weightDecay]));
 * // → [ [ 1, 0.1 ], [ 1, 0 ] ]
 */
export function withoutDecay(
  parameters: Iterable<Parameter>,
  exempt: (parameter: Parameter) => boolean = ({ shape }) => shape.length < 2,
): GroupOptions {
  const all = parametersOf("withoutDecay", parameters);
  checkFunction("withoutDecay", "choice", exempt, "withoutDecay(parameters, ({ shape }) => shape.length < 2)");
  return { parameters: all.filter(exempt), weightDecay: 0 };
}

interface GroupSettings {
  readonly parameters: readonly Parameter[];
  readonly learningRate: number | Schedule;
  readonly weightDecay: number;
  readonly dtype: FloatDType;
}

const groupSettings = { ...groupOptions, dtype: true } as const;

/**
 * A scalar tensor that JavaScript's arithmetic takes as its number, `optimizer.learningRate /= 4`, and that has a number's
 * methods. `typeof` and `===` see the object: compare `Number(rate)`.
 */
export type Rate = Tensor & number;

/** What a rate has of a number; `toString` is the tensor's. */
const numberMethods = ["toExponential", "toFixed", "toLocaleString", "toPrecision", "valueOf"] as const;

/** `tensor`, which gets the conversions of the number that `toNumber` reads. */
function asRate(rate: Tensor, toNumber: () => number): Rate {
  const method = (value: unknown) => ({ value, configurable: true });
  for (const name of numberMethods)
    Object.defineProperty(
      rate,
      name,
      method((...rest: unknown[]) => Reflect.apply(Number.prototype[name], toNumber(), rest)),
    );
  // The one cast of this file: with these properties the tensor is what arithmetic takes for a number.
  return Object.defineProperty(rate, Symbol.toPrimitive, method(toNumber)) as Rate;
}

/**
 * Parameters of an optimiser that have a learning rate and a weight decay of their own.
 * @example
 * import { AdamW, Parameter } from "tapegrad";
 * const [weight, bias] = [new Parameter([[1]]), new Parameter([0])];
 * const optimizer = new AdamW([weight, bias], { groups: [{ parameters: [bias], weightDecay: 0 }] });
 * console.log(optimizer.groups.map((group) => group.weightDecay)); // → [ 0.01, 0 ]
 */
export class ParameterGroup {
  /** The Parameters of the group. */
  readonly parameters: readonly Parameter[];
  /** The weight decay that counts for them. */
  readonly weightDecay: number;
  /** A scalar Parameter, so that changing it changes no compiled program. */
  readonly rate: Parameter;
  readonly #op: string;
  readonly #schedule: Schedule | undefined;
  /** The numbers that rates were made of, which need no reading from a device. */
  readonly #numbers = new WeakMap<Tensor, number>();

  /** `op` is the optimiser's name. @throws TapegradError for a rate or decay that is not a number from 0. */
  constructor(op: string, settings: GroupSettings) {
    const { parameters, learningRate, weightDecay, dtype } = optionsOf(op, settings, groupSettings);
    this.#op = op;
    if (!isFloat(checkDType(op, dtype))) throw new DTypeError(op, `${dtype} is not a float dtype`);
    this.parameters = parametersOf(op, parameters);
    this.weightDecay = checked(op, "weight decay", weightDecay);
    if (typeof learningRate === "function") checkFunction(op, "learning rate", learningRate, "constant(0.1)");
    this.#schedule = typeof learningRate === "function" ? learningRate : undefined;
    const first =
      typeof learningRate === "function"
        ? this.#scheduled(learningRate, tensor(0, { dtype }), dtype)
        : this.#rateOf(learningRate, dtype);
    this.rate = new Parameter(first, { name: "learningRate", trainable: false });
  }

  /** A scalar: the rate of the next step, or with a schedule that of the latest. */
  get learningRate(): Rate {
    const { value } = this.rate;
    return asRate(value, () => this.#numbers.get(value) ?? value.itemSync());
  }
  /** @throws TapegradError for a number below 0, and where a schedule rules. */
  set learningRate(rate: TensorLike) {
    if (this.#schedule !== undefined) {
      throw new TapegradError(
        this.#op,
        "the learning rate follows a schedule",
        "give the optimiser a number to begin with",
      );
    }
    const { dtype } = this.rate;
    const value = typeof rate === "number" ? this.#rateOf(rate, dtype) : this.#scalar("learning rate", rate);
    this.rate.assign(cast(value, dtype));
  }

  /** The rate of the step that follows `done` others, scalar. */
  rateAfter(done: Tensor): Tensor {
    if (this.#schedule !== undefined) this.rate.assign(this.#scheduled(this.#schedule, done, this.rate.dtype));
    return this.rate.value;
  }

  #scheduled(schedule: Schedule, done: Tensor, dtype: DType): Tensor {
    return cast(this.#scalar("schedule's learning rate", schedule(done)), dtype);
  }

  #scalar(what: string, rate: TensorLike): Tensor {
    return scalarOf(this.#op, what, rate);
  }

  #rateOf(rate: number, dtype: DType): Tensor {
    const value = tensor(checked(this.#op, "learning rate", rate), { dtype });
    this.#numbers.set(value, rate);
    return value;
  }
}
