export { abs, add, div, floor, maximum, minimum, mul, neg, relu, sign, square, sub } from "./arithmetic.ts";
export type { FullAttributes, IotaAttributes } from "./constant.ts";
export { arange, type CreationOptions, eye, full, linspace, ones, onesLike, zeros, zerosLike } from "./creation.ts";
export { einsum } from "./einsum.ts";
export {
  cos,
  erf,
  exp,
  expm1,
  gelu,
  log,
  log1p,
  pow,
  rsqrt,
  safeSqrt,
  sigmoid,
  sin,
  softplus,
  sqrt,
  tanh,
} from "./elementary.ts";
export type { NoAttributes, Op } from "./elementwise.ts";
export { stopGradient } from "./identity.ts";
export { argsort, cumsum, gather, indexAdd, type SortOptions, scatterAdd, sort, take, topK } from "./indexing.ts";
export { type MatmulAttributes, type MatmulOptions, matmul } from "./matmul.ts";
export {
  concat,
  flip,
  type PadAttributes,
  pad,
  type SliceAttributes,
  slice,
  split,
  stack,
  transpose,
} from "./movement.ts";
export { oneHot } from "./one-hot.ts";
export { asTensor, cast, type TensorLike } from "./operands.ts";
export { Generator, type RandomBitsAttributes, type UniformOptions } from "./random.ts";
export {
  type ArgReductionOptions,
  type AxisAttributes,
  type AxisOptions,
  argmax,
  argmin,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  prod,
  softmax,
  type VarianceOptions,
  variance,
} from "./reductions.ts";
export {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  notEqual,
  where,
} from "./select.ts";
export {
  broadcastTo,
  expandDims,
  type ReductionAttributes,
  type ReductionOptions,
  reshape,
  squeeze,
  sum,
} from "./sum-and-broadcast.ts";
export { type AttributesOf, type OperandsOf, type PrimitiveName, type Primitives, primitives } from "./table.ts";
