/** Tensors from shapes, numbers and arrays. */
import { apply, type DType, DTypeError, defaultDType, type Shape, ShapeError, Tensor } from "@tapegrad/core";
import {
  checkCount,
  checkDType,
  checkInt32,
  checkNumber,
  checkShape,
  describeValue,
  isTracedNumber,
  largestOf,
  optionsOf,
} from "@tapegrad/core/internal";
import { mul } from "../elementwise/arithmetic.ts";
import { equal, where } from "../elementwise/select.ts";
import { asTensor, cast, type TensorLike } from "../operands.ts";
import { broadcastTo, expandDims } from "../reductions/sum-and-broadcast.ts";
import { fullOp, iotaOp } from "./constant.ts";

/** Options of functions that make tensors. */
export interface CreationOptions {
  /** The default float dtype by default; int32 for `arange` of integers. */
  readonly dtype?: DType | undefined;
  /** Put the tensor on this one's backend instead of the current one. */
  readonly like?: Tensor | undefined;
}

const creationOptions = { dtype: true, like: true } as const;

/** The options, with the dtype that counts. */
function creationOf(op: string, options: CreationOptions, usual: DType = defaultDType()) {
  const { dtype = usual, like } = optionsOf(op, options, creationOptions);
  if (like !== undefined && !(like instanceof Tensor))
    throw new DTypeError(op, `like is not a tensor: ${describeValue(like)}`, "pass a tensor on the backend to use");
  return { dtype: checkDType(op, dtype), like };
}

function filled(op: string, shape: Shape, value: number, options: CreationOptions): Tensor {
  const { dtype, like } = creationOf(op, options);
  if (dtype === "int32") checkInt32(op, value);
  const held = dtype === "bool" ? Number(value !== 0) : value;
  return apply(fullOp, [], { shape: checkShape(op, shape), value: held, dtype }, like?.backend, op);
}

/**
 * A tensor of `shape` filled with `value`. In bool, every value but 0 is true.
 * @throws DTypeError for a fraction, or a number beyond 2³¹, in int32.
 * @pytorch torch.full
 * @example
 * import { full } from "tapegrad";
 * console.log(full([2, 2], 0.5));
 * // → Tensor(float32 [2,2])
 * // → [[0.5, 0.5],
 * // →  [0.5, 0.5]]
 */
export function full(shape: Shape, value: number, options: CreationOptions = {}): Tensor {
  const given: unknown = value;
  if (isTracedNumber(given)) {
    const { dtype } = creationOf("full", options);
    return broadcastTo(given.as(dtype, "full"), checkShape("full", shape));
  }
  return filled("full", shape, checkNumber("full", "value", value), options);
}

/**
 * A tensor of `shape` filled with 0.
 * @pytorch torch.zeros
 * @example
 * import { zeros } from "tapegrad";
 * console.log(zeros([3], { dtype: "int32" })); // → Tensor(int32 [3]) [0, 0, 0]
 */
export function zeros(shape: Shape, options: CreationOptions = {}): Tensor {
  return filled("zeros", shape, 0, options);
}

/**
 * A tensor of `shape` filled with 1.
 * @pytorch torch.ones
 * @example
 * import { ones } from "tapegrad";
 * console.log(ones([3])); // → Tensor(float32 [3]) [1, 1, 1]
 */
export function ones(shape: Shape, options: CreationOptions = {}): Tensor {
  return filled("ones", shape, 1, options);
}

/**
 * Zeros of `x`'s shape, dtype and backend.
 * @pytorch torch.zeros_like
 * @example
 * import { tensor, zerosLike } from "tapegrad";
 * console.log(zerosLike(tensor([1, 2], { dtype: "float64" })).dtype); // → float64
 */
export function zerosLike(x: TensorLike): Tensor {
  const like = asTensor(x);
  return full(like.shape, 0, { dtype: like.dtype, like });
}

/**
 * Ones of `x`'s shape, dtype and backend.
 * @pytorch torch.ones_like
 * @example
 * import { onesLike, tensor } from "tapegrad";
 * console.log(onesLike(tensor([[1, 2]]))); // → Tensor(float32 [1,2]) [[1, 1]]
 */
export function onesLike(x: TensorLike): Tensor {
  const like = asTensor(x);
  return full(like.shape, 1, { dtype: like.dtype, like });
}

/**
 * `start`, `start + step`, … before `stop`; `arange(n)` is 0 … n − 1. int32 by default when start and step are integers.
 * @throws ShapeError for a step of 0 or an end that is not finite; DTypeError for values that the dtype lacks.
 * @pytorch torch.arange
 * @example
 * import { arange } from "tapegrad";
 * console.log(arange(5)); // → Tensor(int32 [5]) [0, 1, 2, 3, 4]
 * console.log(arange(0, 1, 0.25)); // → Tensor(float32 [4]) [   0, 0.25,  0.5, 0.75]
 */
export function arange(start: number, stop?: number, step = 1, options: CreationOptions = {}): Tensor {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  for (const end of [from, to]) checkNumber("arange", "end", end);
  checkNumber("arange", "step", step);
  if (step === 0 || ![from, to, step].every(Number.isFinite)) {
    throw new ShapeError(
      "arange",
      `no such range: ${from} to ${to} in steps of ${step}`,
      "use finite ends and a step other than 0",
    );
  }
  const length = checkCount("arange", "number of values", Math.max(0, Math.ceil((to - from) / step)));
  const isInteger = Number.isSafeInteger(from) && Number.isSafeInteger(step);
  const range = { start: from, step, length, last: from + (length - 1) * step };
  return iota("arange", range, creationOf("arange", options, isInteger ? "int32" : defaultDType()));
}

/**
 * `count` values from `start` to `stop`, both included, evenly spaced.
 * @throws DTypeError for values that the dtype lacks, such as fractions in int32.
 * @pytorch torch.linspace
 * @example
 * import { linspace } from "tapegrad";
 * console.log(linspace(0, 1, 5)); // → Tensor(float32 [5]) [   0, 0.25,  0.5, 0.75,    1]
 */
export function linspace(start: number, stop: number, count: number, options: CreationOptions = {}): Tensor {
  for (const end of [start, stop]) checkNumber("linspace", "end", end);
  if (![start, stop].every(Number.isFinite))
    throw new ShapeError("linspace", `no such range: ${start} to ${stop}`, "use finite ends");
  const intervals = Math.max(1, checkCount("linspace", "number of values", count) - 1);
  const span = stop - start;
  const step = Number.isFinite(span) ? span / intervals : stop / intervals - start / intervals;
  const range = { start, step, length: count, last: stop };
  const values = iota("linspace", range, creationOf("linspace", options));
  // start + (count − 1)·step may round past the end.
  return count < 2 ? values : where(equal(arange(0, count, 1, { like: values }), count - 1), stop, values);
}

interface Range {
  readonly start: number;
  readonly step: number;
  readonly length: number;
  /** start + (length − 1)·step. */
  readonly last: number;
}

/** start + i·step for i below `length`, each of them a value of the dtype. */
function iota(op: string, range: Range, { dtype, like }: ReturnType<typeof creationOf>): Tensor {
  const { start, step, length, last } = range;
  const values = (factor: number) =>
    apply(iotaOp, [], { length, start: factor * start, step: factor * step, dtype }, like?.backend, op);
  if (dtype === "bool")
    throw new DTypeError(op, "bool has no evenly spaced values", "use another dtype, or compare the result");
  if (length === 0) return values(0);
  if (dtype === "int32") {
    for (const value of length === 1 ? [start] : [start, step, last]) checkInt32(op, value);
    return values(1);
  }
  const largest = largestOf(dtype);
  if ((length > 1 && !(Math.abs(last) <= largest)) || !(Math.abs(start) <= largest))
    throw new DTypeError(op, `${start} to ${last} is beyond ${dtype}`, "use float64, or smaller values");
  // i·step may overflow where start + i·step does not. Halves do not, and are exact.
  return Math.abs((length - 1) * step) > largest ? mul(values(0.5), 2) : values(1);
}

/**
 * The identity matrix of `rows` × `columns` (square by default).
 * @pytorch torch.eye
 * @example
 * import { eye } from "tapegrad";
 * console.log(eye(2));
 * // → Tensor(float32 [2,2])
 * // → [[1, 0],
 * // →  [0, 1]]
 */
export function eye(rows: number, columns = rows, options: CreationOptions = {}): Tensor {
  const { dtype, like } = creationOf("eye", options);
  for (const length of [rows, columns]) checkCount("eye", "number of rows or columns", length);
  const position = like === undefined ? {} : { like };
  const diagonal = equal(expandDims(arange(0, rows, 1, position), { axis: 1 }), arange(0, columns, 1, position));
  return cast(diagonal, dtype);
}
