/** Constants as ops without operands, so that a Program holds their values instead of capturing tensors. */
import { apply, type DType, type OpDefinition, type Shape, type Tensor } from "@tapegrad/core";

/** What `full` fills. */
export interface FullAttributes {
  readonly shape: Shape;
  readonly value: number;
  readonly dtype: DType;
}

export const fullOp: OpDefinition<FullAttributes> = {
  name: "full",
  type: (_, { shape, dtype }) => ({ shape, dtype }),
  derivative: { kind: "none" },
  batching: { kind: "trailing" },
  tolerance: 0.5,
};

/** `start + i·step` for i below `length`. */
export interface IotaAttributes {
  readonly length: number;
  readonly start: number;
  readonly step: number;
  readonly dtype: DType;
}

export const iotaOp: OpDefinition<IotaAttributes> = {
  name: "iota",
  type: (_, { length, dtype }) => ({ shape: [length], dtype }),
  derivative: { kind: "none" },
  batching: { kind: "trailing" },
  tolerance: 1,
};

/** `shape` filled with `value`, which the dtype holds, on `like`'s backend when given. */
export function filledWith(shape: Shape, value: number, dtype: DType, like?: Tensor): Tensor {
  return apply(fullOp, [], { shape, value, dtype }, like?.backend);
}

/** 0, 1, … before `length`, as int32, on `like`'s backend. */
export function positions(length: number, like: Tensor): Tensor {
  return apply(iotaOp, [], { length, start: 0, step: 1, dtype: "int32" }, like.backend);
}

/** A rank-0 constant, on `like`'s backend when given. */
export function scalar(value: number, dtype: DType, like?: Tensor): Tensor {
  return filledWith([], value, dtype, like);
}
