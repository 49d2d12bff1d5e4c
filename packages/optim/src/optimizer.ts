/** The base class of optimisers: Parameters in groups, and state per Parameter. All of it is tensors, which can be saved. */
import {
  DTypeError,
  type FloatDType,
  formatShape,
  isFloat,
  type LoadOptions,
  type LoadReport,
  Parameter,
  promote,
  ShapeError,
  sameShape,
  TapegradError,
  Tensor,
  tensor,
} from "@tapegrad/core";
import {
  checkFunction,
  checkList,
  checkNumber,
  computedIn,
  defined,
  describeValue,
  isParameter,
  loadState,
  optionsOf,
  recordedByIdentity,
  stateOf,
} from "@tapegrad/core/internal";
import { add, cast, full, mul, type TensorLike } from "@tapegrad/ops";
import { gradientsRemedy, parametersOf, someOf } from "./hyperparameter.ts";
import { type GroupOptions, groupOptions, ParameterGroup, type Rate } from "./parameter-group.ts";
import type { Schedule } from "./schedules.ts";

/** Options that all optimisers share. */
export interface OptimizerOptions {
  /** How far a step goes: a number, which may be changed between steps, or a schedule. */
  readonly learningRate?: number | Schedule | undefined;
  /** Adds this times the Parameter to its gradient, that of weightDecay/2·‖θ‖²; 0 by default. */
  readonly weightDecay?: number | undefined;
  /** Parameters with a learning rate or a weight decay of their own. */
  readonly groups?: readonly GroupOptions[] | undefined;
}

export const optimizerOptions = { learningRate: checkRate, weightDecay: checkNumber, groups: true } as const;

function checkRate(op: string, what: string, rate: number | Schedule): unknown {
  return typeof rate === "function" ? checkFunction(op, what, rate, "constant(0.1)") : checkNumber(op, what, rate);
}

/** A Parameter, its gradient, and where they are among all. */
export interface Update {
  readonly index: number;
  readonly parameter: Parameter;
  readonly gradient: Tensor;
}

/** One step of one group. */
export interface GroupStep {
  readonly updates: readonly Update[];
  /** Scalar. */
  readonly learningRate: Tensor;
  readonly weightDecay: number;
  /** How many steps this is, from 1; scalar. */
  readonly steps: Tensor;
}

/**
 * The base class of optimisers. It has Parameters in groups, a learning rate η that may be a schedule, the number of steps, and
 * a state that can be saved and loaded. `step(gradients)` takes one gradient per Parameter, in their order and of their shapes,
 * and assigns p ← p − η·u, where the subclass computes the update u from the gradient (SGD: u = gradient).
 * @pytorch torch.optim.Optimizer
 * @example
 * import { type Optimizer, Parameter, SGD } from "tapegrad";
 * const optimizer: Optimizer = new SGD([new Parameter([1, 2])], { learningRate: 0.1 });
 * optimizer.learningRate = 0.01; // compiled steps use it without being compiled again
 * console.log(optimizer.parameters.length, Object.keys(optimizer.stateDict())); // → 1 [ 'learningRate', 'steps' ]
 */
export abstract class Optimizer {
  /** All of them, in the order in which gradients are expected. */
  readonly parameters: readonly Parameter[];
  /** First the Parameters that are in no group of the options, then those groups. */
  readonly groups: readonly [ParameterGroup, ...ParameterGroup[]];
  readonly #steps: Parameter;
  /** By name, then aligned with `parameters`. */
  readonly #slots = new Map<string, readonly Parameter[]>();

  get [recordedByIdentity](): true {
    return true;
  }

  /**
   * Subclasses take the options of their own out of `options`.
   * @throws TapegradError for no Parameters, one given twice or not trainable, one in a group but not in `parameters`, and
   * numbers out of range; DTypeError for a Parameter that is not a float.
   */
  constructor(parameters: Iterable<Parameter>, options: OptimizerOptions) {
    const op = new.target.name;
    const { learningRate, weightDecay = 0, groups = [] } = optionsOf(op, options, optimizerOptions);
    if (learningRate === undefined)
      throw new TapegradError(op, "there is no learning rate", "pass { learningRate } as the second argument");
    this.parameters = parametersOf(op, parameters);
    const dtype = scalarType(op, this.parameters);
    const memberships = checkList(op, "groups", groups, "{ groups: [{ parameters, weightDecay: 0 }] }").map((group) => {
      const own = optionsOf(op, group, groupOptions);
      return { ...own, parameters: parametersOf(op, own.parameters) };
    });
    const grouped = memberships.flatMap((group) => group.parameters);
    refuseRepeated(op, this.parameters, "given twice");
    refuseRepeated(op, grouped, "in two groups");
    const all = new Set(this.parameters);
    const stranger = grouped.find((parameter) => !all.has(parameter));
    if (stranger !== undefined)
      throw new TapegradError(op, `${stranger.name} is in a group only`, "pass it among the parameters as well");
    const inGroups = new Set(grouped);
    const rest = this.parameters.filter((parameter) => !inGroups.has(parameter));
    const shared = { learningRate, weightDecay, dtype };
    this.groups = [
      new ParameterGroup(op, { ...shared, parameters: rest }),
      ...memberships.map((group) => new ParameterGroup(op, { ...shared, ...group })),
    ];
    this.#steps = new Parameter(tensor(0, { dtype }), { name: "steps", trainable: false });
  }

  /**
   * A scalar: the rate of the next step, or with a schedule that of the latest. Groups with their own have it in `groups`.
   * Arithmetic takes it as its number, so that `optimizer.learningRate /= 4` works outside compiled functions.
   */
  get learningRate(): Rate {
    return this.groups[0].learningRate;
  }
  /** A compiled step follows. @throws TapegradError for a number below 0, and where a schedule rules. */
  set learningRate(rate: TensorLike) {
    this.groups[0].learningRate = rate;
  }

  /** How many steps were taken, scalar. */
  get steps(): Tensor {
    return this.#steps.value;
  }

  /**
   * Changes the Parameters by `gradients`, aligned with them.
   * @throws ShapeError when their number or shapes differ; then nothing changes.
   * @pytorch torch.optim.Optimizer.step
   */
  step(gradients: readonly Tensor[]): void {
    this.#check(gradients);
    const done = this.#steps.value;
    const steps = add(done, 1);
    this.#steps.assign(steps);
    const all = new Map(
      this.parameters.map((parameter, index): [Parameter, Update] => [
        parameter,
        { index, parameter, gradient: computed(defined(gradients[index], "gradient")) },
      ]),
    );
    for (const group of this.groups) {
      const updates = group.parameters.map((parameter) => defined(all.get(parameter), "update"));
      this.update({ updates, learningRate: group.rateAfter(done), weightDecay: group.weightDecay, steps });
    }
  }

  #check(gradients: readonly Tensor[]): void {
    const op = this.constructor.name;
    if (hasGradients(gradients))
      throw new ShapeError(op, `the gradients are not a list: ${describeValue(gradients)}`, destructured);
    checkList(op, "gradients", gradients, "optimizer.step(tape.gradient(loss, optimizer.parameters))");
    if (gradients.length !== this.parameters.length) {
      throw new ShapeError(
        op,
        `${gradients.length} gradients for ${this.parameters.length} parameters`,
        gradientsRemedy,
      );
    }
    for (const [i, parameter] of this.parameters.entries()) {
      const gradient: unknown = gradients[i];
      if (!(gradient instanceof Tensor)) {
        const found = describeValue(gradient);
        throw new DTypeError(
          op,
          `the gradient of ${parameter.name} is not a tensor: ${found}`,
          isParameter(gradient) ? gradientsRemedy : "make it one with tensor(…)",
        );
      }
      const { shape } = gradient;
      if (sameShape(shape, parameter.shape)) continue;
      throw new ShapeError(
        op,
        `the gradient of ${parameter.name} has another shape: ${formatShape(shape)} for ${formatShape(parameter.shape)}`,
        "pass gradients in the order of optimizer.parameters",
      );
    }
  }

  protected abstract update(step: GroupStep): void;

  /** One Parameter beside each of `parameters`, every element `initial`. */
  protected slot(name: string, initial = 0): readonly Parameter[] {
    const slot = this.parameters.map((parameter) => {
      const { shape, value } = parameter;
      const start = full(shape, initial, { dtype: computedIn(value.dtype), like: value });
      return new Parameter(start, { name: `${parameter.name}.${name}`, trainable: false });
    });
    this.#slots.set(name, slot);
    return slot;
  }

  /**
   * All state as tensors: `steps`, `learningRate`, for the groups `learningRate.1`, …, for each slot `name.0`, `name.1`, ….
   * @pytorch torch.optim.Optimizer.state_dict
   */
  stateDict(): Record<string, Tensor> {
    return stateOf(this.#state());
  }

  /**
   * Takes over all state, or none; the run that goes on is the one that was saved, bit for bit. That includes the learning rate:
   * the saved one replaces yours, so set another after loading. Without `strict` the state may
   * lack names and have others, which are returned.
   * @throws TapegradError naming missing and unknown names, ShapeError or DTypeError for a tensor that does not fit.
   * @pytorch torch.optim.Optimizer.load_state_dict
   */
  loadStateDict(state: Readonly<Record<string, Tensor>>, options: LoadOptions = {}): LoadReport {
    return loadState("the same optimiser and model", this.#state(), state, options);
  }

  *#state(): Iterable<[string, Parameter]> {
    for (const [i, group] of this.groups.entries()) yield [i === 0 ? "learningRate" : `learningRate.${i}`, group.rate];
    yield ["steps", this.#steps];
    for (const [name, slot] of this.#slots)
      for (const [i, parameter] of slot.entries()) yield [`${name}.${i}`, parameter];
  }
}

/** Whether `value` is the result of `clipByGlobalNorm`, given where its gradients should be. */
function hasGradients(value: unknown): boolean {
  return typeof value === "object" && value !== null && "gradients" in value && Array.isArray(value.gradients);
}

const destructured = "destructure: const { gradients } = clipByGlobalNorm(…)";

/** slot ← rate·slot + weight·value, and the new value. */
export function accumulate(slot: Parameter | undefined, rate: number, value: Tensor, weight = 1 - rate): Tensor {
  const held = defined(slot, "slot");
  const next = add(mul(rate, held), weight === 1 ? value : mul(weight, value));
  held.assign(next);
  return next;
}

/** The gradient of loss + weightDecay/2·‖θ‖². */
export function decayed({ gradient, parameter }: Update, weightDecay: number): Tensor {
  return weightDecay === 0 ? gradient : add(gradient, mul(weightDecay, parameter));
}

/** Assigns in the Parameter's own dtype: learning rates are as wide as the widest Parameter. */
export function assign(parameter: Parameter, value: Tensor): void {
  parameter.assign(cast(value, parameter.dtype));
}

/** State and gradients of float16 are float32: squares of small gradients, and ε, are beyond the range of float16. */
function computed(gradient: Tensor): Tensor {
  return cast(gradient, computedIn(gradient.dtype));
}

/** Of learning rates and step counts: the widest of the Parameters' dtypes. */
function scalarType(op: string, parameters: readonly Parameter[]): FloatDType {
  const types = someOf(op, parameters).map(({ name, dtype, trainable }) => {
    if (!trainable) throw new TapegradError(op, `${name} is not trainable`, "leave it out");
    if (!isFloat(dtype)) throw new DTypeError(op, `${name} is ${dtype}, which has no gradient`, "use a float dtype");
    return dtype;
  });
  return types.reduce<FloatDType>(promote, "float32");
}

function refuseRepeated(op: string, parameters: readonly Parameter[], how: string): void {
  const repeated = parameters.find((parameter, i) => parameters.indexOf(parameter) !== i);
  if (repeated !== undefined) throw new TapegradError(op, `${repeated.name} is ${how}`, "pass each parameter once");
}
