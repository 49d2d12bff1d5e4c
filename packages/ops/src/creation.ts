/** Tensors made from nothing. They are constants: no op application, so no recorder sees them. */
import {
  allocate,
  checkShape,
  type DType,
  defaultDType,
  fromHost,
  type Shape,
  ShapeError,
  sizeOf,
  type Tensor,
} from "@tapegrad/core";
import { asTensor, type TensorLike } from "./operands.ts";

export interface CreationOptions {
  /** The default float dtype by default; int32 for `arange`. */
  readonly dtype?: DType;
  /** Put the tensor on this one's backend instead of the current one. */
  readonly like?: Tensor;
}

/** `shape` filled with `value`. */
export function full(shape: Shape, value: number, { dtype = defaultDType(), like }: CreationOptions = {}): Tensor {
  const host = allocate(dtype, sizeOf(checkShape("full", shape)));
  return fromHost(value === 0 ? host : host.fill(value), shape, dtype, like?.backend);
}

export function zeros(shape: Shape, options: CreationOptions = {}): Tensor {
  return full(shape, 0, options);
}

export function ones(shape: Shape, options: CreationOptions = {}): Tensor {
  return full(shape, 1, options);
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
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (step === 0 || ![from, to, step].every(Number.isFinite)) {
    throw new ShapeError(
      "arange",
      `no such range: ${from} to ${to} in steps of ${step}`,
      "use finite ends and a step other than 0",
    );
  }
  const length = Math.max(0, Math.ceil((to - from) / step));
  const dtype = options.dtype ?? (Number.isInteger(from) && Number.isInteger(step) ? "int32" : defaultDType());
  return generate(length, (i) => from + i * step, { ...options, dtype });
}

/** `count` values from `start` to `stop`, both included, evenly spaced. */
export function linspace(start: number, stop: number, count: number, options: CreationOptions = {}): Tensor {
  const step = (stop - start) / Math.max(1, count - 1);
  return generate(count, (i) => (i > 0 && i === count - 1 ? stop : start + i * step), options);
}

function generate(
  length: number,
  element: (i: number) => number,
  { dtype = defaultDType(), like }: CreationOptions,
): Tensor {
  const host = allocate(dtype, sizeOf(checkShape("generate", [length])));
  for (let i = 0; i < length; i++) host[i] = element(i);
  return fromHost(host, [length], dtype, like?.backend);
}

/** The identity matrix of `rows` × `columns` (square by default). */
export function eye(rows: number, columns = rows, { dtype = defaultDType(), like }: CreationOptions = {}): Tensor {
  const host = allocate(dtype, sizeOf(checkShape("eye", [rows, columns])));
  for (let i = 0; i < Math.min(rows, columns); i++) host[i * columns + i] = 1;
  return fromHost(host, [rows, columns], dtype, like?.backend);
}
