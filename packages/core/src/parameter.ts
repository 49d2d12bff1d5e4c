/**
 * The only mutable thing: a named value that training changes. Reads and assignments go through the frames, so that a
 * transform can give a Parameter another value for a while and a tape knows the value on entry.
 */

import { checkList, describeValue, optionsOf } from "./arguments.ts";
import type { DType, TypedArray } from "./dtype.ts";
import { DTypeError, ShapeError, TraceError } from "./errors.ts";
import {
  assignThrough,
  isOwnedNow,
  isTracing,
  isUndisturbed,
  ownByTrace,
  readThrough,
  refusePromise,
  withFrame,
} from "./frames.ts";
import type { HostArray } from "./host-array.ts";
import { Printable } from "./printable.ts";
import { formatShape, type Shape, sameShape } from "./shape.ts";
import { functionOf } from "./standalone.ts";
import { type NestedArray, recordingOver, Tensor, tensor } from "./tensor.ts";

export interface ParameterOptions {
  readonly name?: string;
  /** Whether optimisers may change it; true by default. */
  readonly trainable?: boolean;
}

/**
 * A named value that training changes. One that is made while a function is recorded (by `compile`, `scan`, `cond`,
 * `checkpoint`, `vmap`, `customVjp`) belongs to the recording: it is new whenever that runs, and gone afterwards.
 */
export class Parameter extends Printable {
  readonly name: string;
  readonly trainable: boolean;
  #value: Tensor;
  /** Whether somebody else may hold the value. */
  #isShared: boolean;
  /** Whether it was made while a function was recorded. */
  readonly #isRecorded: boolean;

  constructor(value: Tensor | NestedArray | HostArray, options: ParameterOptions = {}) {
    super();
    const { name = "parameter", trainable = true } = optionsOf("Parameter", options, { name: true, trainable: true });
    this.#value = (value instanceof Tensor ? value : tensor(value)).retain();
    this.#isShared = value instanceof Tensor;
    this.name = name;
    this.trainable = trainable;
    this.#isRecorded = ownByTrace(this, this.#value);
  }

  get shape(): Shape {
    return this.#value.shape;
  }
  get dtype(): DType {
    return this.#value.dtype;
  }
  get size(): number {
    return this.#value.size;
  }

  /** The value here and now. */
  get value(): Tensor {
    this.#isShared = true;
    return this.#read();
  }

  /** The value here and now for a caller that keeps no handle to it. */
  lend(): Tensor {
    return isUndisturbed() && !this.#isRecorded ? this.#value : this.value;
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

  /** Like `assign`, for a value that nobody else has a handle to: it is freed as soon as the next one replaces it. */
  adopt(value: Tensor): void {
    this.#assign(value, false);
  }

  #assign(value: Tensor, isShared: boolean): void {
    if (!(value instanceof Tensor)) throw notATensor("assign", `the new value of ${this.name}`, value);
    if (!sameShape(value.shape, this.shape)) throw this.shapeError("assign", value);
    if (value.dtype !== this.dtype) {
      throw new DTypeError(
        "assign",
        `${this.name} has another dtype: ${value.dtype} into ${this.dtype}`,
        "cast the value first",
      );
    }
    this.#read(); // A tape differentiates with respect to the value on entry, so it must see it first.
    if (assignThrough(this, value)) return;
    value.retain();
    const before = this.#value;
    before.letGo();
    if (this.#isShared || before.isRetained) before.retire();
    else before.dispose();
    this.#value = value;
    this.#isShared = isShared;
  }

  /** What is wrong with a value of another shape. */
  shapeError(op: string, { shape }: Tensor): ShapeError {
    return new ShapeError(op, `${this.name} has another shape: ${formatShape(shape)} into ${formatShape(this.shape)}`);
  }

  data(): Promise<TypedArray> {
    return this.value.data();
  }

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

  protected get opening(): string {
    return `Parameter(${this.name} `;
  }

  peek(): TypedArray | string {
    if (isTracing()) return "being recorded: its value is not known here";
    return this.#isRecorded ? recordingOver : this.lend().peek();
  }

  protected misuse(): DTypeError {
    return new DTypeError(
      "Parameter",
      `${this.name} was used as a number`,
      "use the ops (add, mul, …), or await p.value.item() for its value",
    );
  }
}

/**
 * Runs `fn` with other values in place of the Parameters' own, of any dtype; assignments inside change those and vanish after.
 * So a model becomes a function of its weights, which transforms take like any other:
 *
 *     const loss = (values) => withParameters(model.parameters(), values, () => lossOf(model, x));
 *     const curvature = hvp(loss, model.parameters().map((p) => p.value), direction);
 *
 * @throws ShapeError when numbers or shapes differ.
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
    if (!(parameter instanceof Parameter))
      throw new DTypeError(
        "withParameters",
        `parameters[${i}] is not a Parameter: ${describeValue(parameter)}`,
        `write ${example}`,
      );
    if (!(value instanceof Tensor)) throw notATensor("withParameters", `values[${i}]`, value);
    if (!sameShape(value.shape, parameter.shape)) throw parameter.shapeError("withParameters", value);
    return [parameter, value.retain()] as const;
  });
  const bound = new Map(pairs);
  try {
    return withFrame({ kind: "environment", values: bound }, () => refusePromise("withParameters", run()));
  } finally {
    for (const value of bound.values()) value.letGo();
  }
}

function notATensor(op: string, what: string, value: unknown): DTypeError {
  return new DTypeError(op, `${what} is not a tensor: ${describeValue(value)}`, "make it one with tensor(…)");
}
