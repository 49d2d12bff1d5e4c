/**
 * A named value that training changes: the only mutable thing. Reads and assignments go through the frames, so that a transform
 * can give a Parameter another value for a while, and a tape knows the value that it had first.
 */

import {
  assignThrough,
  isOwnedNow,
  isTracing,
  isUndisturbed,
  ownByTrace,
  readThrough,
  refusePromise,
  withFrame,
} from "../dispatch/frames.ts";
import { checkList, describeValue, optionsOf } from "../errors/arguments.ts";
import { DTypeError, ShapeError, TraceError } from "../errors/errors.ts";
import { functionOf } from "../errors/standalone.ts";
import type { DType, TypedArray } from "../tensor/dtype.ts";
import type { HostArray } from "../tensor/host-array.ts";
import { kind } from "../tensor/kind.ts";
import { isParameter, Printable } from "../tensor/printable.ts";
import { formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import {
  isRetained,
  letGo,
  type NestedArray,
  peek,
  recordingOver,
  retain,
  retire,
  Tensor,
  tensor,
} from "../tensor/tensor.ts";

/** Options of `new Parameter`. */
export interface ParameterOptions {
  readonly name?: string | undefined;
  /** Whether optimisers may change it; true by default. */
  readonly trainable?: boolean | undefined;
}

/** What other modules may do to Parameters, and users may not. */
interface Access {
  lend(parameter: Parameter): Tensor;
  adopt(parameter: Parameter, value: Tensor): void;
}

/** Where `Parameter` keeps it; a name that only this module has. */
const access = Symbol("access");

/**
 * A named tensor that training changes, such as a weight of shape [out, in]. `value` is its present tensor, and `assign`
 * replaces it by another of the same shape and dtype. A Parameter that is made while a function is recorded (by `compile`,
 * `scan`, `cond`, `checkpoint`, `vmap`, `customVjp`) belongs to the recording: every run makes a new one, which does not exist
 * after the run.
 * @pytorch torch.nn.Parameter
 * @example
 * import { Parameter } from "tapegrad";
 * const weight = new Parameter([1, 2], { name: "weight" });
 * weight.assign(weight.value.mul(10));
 * console.log(weight); // → Parameter(weight float32 [2]) [10, 20]
 */
export class Parameter extends Printable {
  /** What messages, consoles and state dicts call it. */
  readonly name: string;
  /** Whether `Module.parameters()` lists it, so that optimisers change it. */
  readonly trainable: boolean;
  #value: Tensor;
  /** Whether somebody else may hold the value. */
  #isShared: boolean;
  /** Whether it was made while a function was recorded. */
  readonly #isRecorded: boolean;

  constructor(value: Tensor | NestedArray | HostArray, options: ParameterOptions = {}) {
    super();
    const { name = "parameter", trainable = true } = optionsOf("Parameter", options, { name: true, trainable: true });
    this.#value = retain(value instanceof Tensor ? value : tensor(value));
    this.#isShared = value instanceof Tensor;
    this.name = name;
    this.trainable = trainable;
    this.#isRecorded = ownByTrace(this, this.#value);
  }

  static [access](): Access {
    return {
      lend: (parameter) => (isUndisturbed() && !parameter.#isRecorded ? parameter.#value : parameter.value),
      adopt: (parameter, value) => parameter.#assign(value, false),
    };
  }

  /** The lengths of its axes; an assignment cannot change them. */
  get shape(): Shape {
    return this.#value.shape;
  }
  /** Its element type; an assignment cannot change it. */
  get dtype(): DType {
    return this.#value.dtype;
  }
  /** The number of its elements. */
  get size(): number {
    return this.#value.size;
  }

  /** The value here and now. */
  get value(): Tensor {
    this.#isShared = true;
    return this.#read();
  }

  #read(): Tensor {
    if (this.#isRecorded && !isOwnedNow(this)) {
      throw new TraceError(
        "Parameter",
        `${this.name} was made while a function was recorded, and is gone with the recording`,
        "make it before the call, or return its value",
      );
    }
    return readThrough(this, this.#value);
  }

  /** Changes the value. @throws ShapeError, DTypeError unless it has the shape and dtype of the one before. */
  assign(value: Tensor): void {
    this.#assign(value, true);
  }

  #assign(value: Tensor, isShared: boolean): void {
    if (!(value instanceof Tensor)) throw notATensor("assign", `the new value of ${this.name}`, value);
    if (!sameShape(value.shape, this.shape)) throw otherShape("assign", this, value);
    if (value.dtype !== this.dtype) {
      throw new DTypeError(
        "assign",
        `${this.name} has another dtype: ${value.dtype} into ${this.dtype}`,
        "cast the value first",
      );
    }
    this.#read(); // A tape differentiates with respect to the value on entry, so it must see it first.
    if (assignThrough(this, value)) return;
    retain(value);
    const before = this.#value;
    letGo(before);
    if (this.#isShared || isRetained(before)) retire(before);
    else before.dispose();
    this.#value = value;
    this.#isShared = isShared;
  }

  /** A copy of the present value's data, as `Tensor.data` gives it. */
  data(): Promise<TypedArray> {
    return this.value.data();
  }

  /** Like `data`, at once, as `Tensor.dataSync` gives it. */
  dataSync(): TypedArray {
    return this.value.dataSync();
  }

  /** The only element. @throws ShapeError unless there is exactly one. */
  item(): Promise<number> {
    return this.value.item();
  }

  /** Like `item`, at once. */
  itemSync(): number {
    return this.value.itemSync();
  }

  get [kind](): "parameter" {
    return "parameter";
  }

  protected get opening(): string {
    return `Parameter(${this.name} `;
  }

  protected peek(): TypedArray | string {
    if (isTracing()) return "being recorded: its value is not known here";
    return this.#isRecorded ? recordingOver : peek(lend(this));
  }

  protected misuse(): DTypeError {
    return new DTypeError(
      "Parameter",
      `${this.name} was used as a number`,
      "use the ops (add, mul, …), or await p.value.item() for its value",
    );
  }
}

const hidden = Parameter[access]();

/** The value of a Parameter here and now, for a caller that keeps no handle to it. */
export const lend: (parameter: Parameter) => Tensor = hidden.lend;

/** Assigns a value to which there is no other handle: it is freed as soon as the next value replaces it. */
export const adopt: (parameter: Parameter, value: Tensor) => void = hidden.adopt;

/**
 * Runs `fn` with other values in place of the Parameters' own, of any dtype; assignments inside change those and vanish after.
 * So a model becomes a function of its weights, which transforms take like any other:
 *
 *     const loss = (values) => withParameters(model.parameters(), values, () => lossOf(model, x));
 *     const curvature = hvp(loss, model.parameters().map((p) => p.value), direction);
 * @throws ShapeError when numbers or shapes differ.
 * @pytorch torch.func.functional_call
 * @example
 * import { Parameter, type Tensor, tensor, withParameters } from "tapegrad";
 * const weight = new Parameter(2);
 * const model = (x: Tensor) => x.mul(weight);
 * console.log(withParameters([weight], [tensor(5)], () => model(tensor(1))), model(tensor(1)));
 * // → Tensor(float32 []) 5 Tensor(float32 []) 2
 */
export function withParameters<T>(parameters: readonly Parameter[], values: readonly Tensor[], fn: () => T): T {
  const example = "withParameters(parameters, values, () => f(x))";
  checkList("withParameters", "parameters", parameters, example);
  checkList("withParameters", "values", values, example);
  const run = functionOf("withParameters", "function to run", fn, example);
  if (parameters.length !== values.length) {
    throw new ShapeError("withParameters", `${parameters.length} parameters but ${values.length} values`);
  }
  const pairs = parameters.map((parameter, i) => {
    const value: unknown = values[i];
    if (!isParameter(parameter))
      throw new DTypeError(
        "withParameters",
        `parameters[${i}] is not a Parameter: ${describeValue(parameter)}`,
        `write ${example}`,
      );
    if (!(value instanceof Tensor)) throw notATensor("withParameters", `values[${i}]`, value);
    if (!sameShape(value.shape, parameter.shape)) throw otherShape("withParameters", parameter, value);
    return [parameter, value] as const;
  });
  return withBound(pairs, () => refusePromise("withParameters", run()));
}

/** Runs `fn` with other values for Parameters, without checks. */
export function withBound<T>(pairs: readonly (readonly [Parameter, Tensor])[], fn: () => T): T {
  const values = new Map(pairs);
  const rebind = (parameter: Parameter, value: Tensor) => {
    const before = values.get(parameter);
    if (before !== undefined) letGo(before);
    values.set(parameter, retain(value));
  };
  for (const value of values.values()) retain(value);
  try {
    return withFrame({ kind: "environment", values, rebind }, fn);
  } finally {
    for (const value of values.values()) letGo(value);
  }
}

/** What is wrong with a value of another shape. */
function otherShape(op: string, { name, shape }: Parameter, value: Tensor): ShapeError {
  return new ShapeError(op, `${name} has another shape: ${formatShape(value.shape)} into ${formatShape(shape)}`);
}

function notATensor(op: string, what: string, value: unknown): DTypeError {
  return new DTypeError(op, `${what} is not a tensor: ${describeValue(value)}`, "make it one with tensor(…)");
}
