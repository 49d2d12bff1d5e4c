/** Tensors made from nothing. */
import {
  apply,
  checkDType,
  checkNumber,
  checkShape,
  type DType,
  DTypeError,
  defaultDType,
  optionsOf,
  type Shape,
  ShapeError,
  type Tensor,
} from "@tapegrad/core";
import { fullOp, iotaOp } from "./constant.ts";
import { asTensor, cast, type TensorLike } from "./operands.ts";
import { equal, where } from "./select.ts";
import { expandDims } from "./spread.ts";

export interface CreationOptions {
  /** The default float dtype by default; int32 for `arange` of integers. */
  readonly dtype?: DType;
  /** Put the tensor on this one's backend instead of the current one. */
  readonly like?: Tensor;
}

const creationOptions = { dtype: true, like: true } as const;

/** The options, with the dtype that counts. */
function creationOf(op: string, options: CreationOptions): { dtype: DType; like: Tensor | undefined } {
  const { dtype = defaultDType(), like } = optionsOf(op, options, creationOptions);
  return { dtype: checkDType(op, dtype), like };
}

function filled(op: string, shape: Shape, value: number, options: CreationOptions): Tensor {
  const { dtype, like } = creationOf(op, options);
  if (dtype === "int32" && value !== (value | 0))
    throw new DTypeError(op, `${value} is not an int32`, "round first, or use a float dtype");
  const held = dtype === "bool" ? Number(value !== 0) : value;
  return apply(fullOp, [], { shape: checkShape(op, shape), value: held, dtype }, like?.backend);
}

/** `shape` filled with `value`. */
export function full(shape: Shape, value: number, options: CreationOptions = {}): Tensor {
  return filled("full", shape, checkNumber("full", "value", value), options);
}

export function zeros(shape: Shape, options: CreationOptions = {}): Tensor {
  return filled("zeros", shape, 0, options);
}

export function ones(shape: Shape, options: CreationOptions = {}): Tensor {
  return filled("ones", shape, 1, options);
}

/** Zeros of `x`'s shape, dtype and backend. */
export function zerosLike(x: TensorLike): Tensor {
  const like = asTensor(x);
  return full(like.shape, 0, { dtype: like.dtype, like });
}

/** Ones of `x`'s shape, dtype and backend. */
export function onesLike(x: TensorLike): Tensor {
  const like = asTensor(x);
  return full(like.shape, 1, { dtype: like.dtype, like });
}

/** `start`, `start + step`, … before `stop`; `arange(n)` is 0 … n − 1. int32 by default when start and step are integers. */
export function arange(start: number, stop?: number, step = 1, options: CreationOptions = {}): Tensor {
  const { dtype: given, like } = optionsOf("arange", options, creationOptions);
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (step === 0 || ![from, to, step].every(Number.isFinite)) {
    throw new ShapeError(
      "arange",
      `no such range: ${from} to ${to} in steps of ${step}`,
      "use finite ends and a step other than 0",
    );
  }
  const length = Math.max(0, Math.ceil((to - from) / step));
  const dtype = given ?? (Number.isInteger(from) && Number.isInteger(step) ? "int32" : defaultDType());
  return apply(iotaOp, [], { length, start: from, step, dtype: checkDType("arange", dtype) }, like?.backend);
}

/** `count` values from `start` to `stop`, both included, evenly spaced. */
export function linspace(start: number, stop: number, count: number, options: CreationOptions = {}): Tensor {
  const { dtype, like } = creationOf("linspace", options);
  for (const end of [start, stop]) checkNumber("linspace", "end", end);
  const [length] = checkShape("linspace", [count]);
  const step = (stop - start) / Math.max(1, count - 1);
  const values = apply(iotaOp, [], { length: length ?? 0, start, step, dtype }, like?.backend);
  // start + (count − 1)·step may round past the end.
  return count < 2 ? values : where(equal(arange(0, count, 1, { like: values }), count - 1), stop, values);
}

/** The identity matrix of `rows` × `columns` (square by default). */
export function eye(rows: number, columns = rows, options: CreationOptions = {}): Tensor {
  const { dtype, like } = creationOf("eye", options);
  checkShape("eye", [rows, columns]);
  const position = like === undefined ? {} : { like };
  const diagonal = equal(expandDims(arange(0, rows, 1, position), { axis: 1 }), arange(0, columns, 1, position));
  return cast(diagonal, dtype);
}
