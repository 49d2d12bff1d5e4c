/** Parameters that share a learning rate and a weight decay: every optimiser has at least one such group. */
import { type FloatDType, Parameter, TapegradError, type Tensor, tensor } from "@tapegrad/core";
import { cast, type TensorLike } from "@tapegrad/ops";
import { checked } from "./hyperparameter.ts";
import type { Schedule } from "./schedules.ts";

/** Some of an optimiser's Parameters, and what they have of their own; what is left out is the optimiser's. */
export interface GroupOptions {
  readonly parameters: Iterable<Parameter>;
  readonly learningRate?: number | Schedule;
  readonly weightDecay?: number;
}

export const groupOptions = { parameters: true, learningRate: true, weightDecay: true } as const;

/**
 * The group of those that weight decay should spare: biases and gains, which is to say Parameters of fewer than two axes,
 * or those that `exempt` picks. `new AdamW(all, { weightDecay: 0.1, groups: [withoutDecay(all)] })`
 */
export function withoutDecay(
  parameters: Iterable<Parameter>,
  exempt: (parameter: Parameter) => boolean = ({ shape }) => shape.length < 2,
): GroupOptions {
  return { parameters: [...parameters].filter(exempt), weightDecay: 0 };
}

interface GroupSettings {
  readonly parameters: readonly Parameter[];
  readonly learningRate: number | Schedule;
  readonly weightDecay: number;
  readonly dtype: FloatDType;
}

export class ParameterGroup {
  readonly parameters: readonly Parameter[];
  readonly weightDecay: number;
  /** A scalar Parameter, so that changing it changes no compiled program. */
  readonly rate: Parameter;
  readonly #op: string;
  readonly #schedule: Schedule | undefined;

  /** `op` is the optimiser's name. @throws TapegradError for a rate or decay that is not a number from 0. */
  constructor(op: string, { parameters, learningRate, weightDecay, dtype }: GroupSettings) {
    this.#op = op;
    this.parameters = parameters;
    this.weightDecay = checked(op, "weight decay", weightDecay);
    this.#schedule = typeof learningRate === "function" ? learningRate : undefined;
    const first =
      typeof learningRate === "function"
        ? cast(learningRate(tensor(0, { dtype })), dtype)
        : tensor(checked(op, "learning rate", learningRate), { dtype });
    this.rate = new Parameter(first, { name: "learningRate", trainable: false });
  }

  /** A scalar: the rate of the next step, or with a schedule that of the latest. */
  get learningRate(): Tensor {
    return this.rate.value;
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
    if (typeof rate === "number") this.rate.assign(tensor(checked(this.#op, "learning rate", rate), { dtype }));
    else this.rate.assign(cast(rate, dtype));
  }

  /** The rate of the step that follows `done` others, scalar. */
  rateAfter(done: Tensor): Tensor {
    if (this.#schedule !== undefined) this.rate.assign(cast(this.#schedule(done), this.rate.dtype));
    return this.rate.value;
  }
}
