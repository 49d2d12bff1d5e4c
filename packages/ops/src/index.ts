export type { FullAttributes, IotaAttributes } from "./creation/constant.ts";
export {
  arange,
  type CreationOptions,
  eye,
  full,
  linspace,
  ones,
  onesLike,
  zeros,
  zerosLike,
} from "./creation/creation.ts";
export { Generator, type RandomBitsAttributes, type UniformOptions } from "./creation/random.ts";
export * from "./elementwise/arithmetic.ts";
export * from "./elementwise/elementary.ts";
export type { NoAttributes, Op } from "./elementwise/elementwise.ts";
export { stopGradient } from "./elementwise/identity.ts";
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
} from "./elementwise/select.ts";
export { gather, scatterAdd } from "./movement/by-element.ts";
export { indexAdd, take } from "./movement/by-slice.ts";
export {
  concat,
  flip,
  moveAxis,
  type PadAttributes,
  pad,
  type SliceAttributes,
  slice,
  split,
  stack,
  transpose,
} from "./movement/movement.ts";
export { oneHot } from "./movement/one-hot.ts";
export { argsort, type SortOptions, sort, topK } from "./movement/sorting.ts";
export { asTensor, cast, type TensorLike } from "./operands.ts";
export { einsum } from "./products/einsum.ts";
export { type MatmulAttributes, type MatmulOptions, matmul } from "./products/matmul.ts";
export { cumsum } from "./reductions/cumsum.ts";
export * from "./reductions/reductions.ts";
export {
  broadcastTo,
  expandDims,
  type ReductionAttributes,
  type ReductionOptions,
  reshape,
  squeeze,
  sum,
} from "./reductions/sum-and-broadcast.ts";
export { type AttributesOf, type OperandsOf, type PrimitiveName, type Primitives, primitives } from "./table.ts";
