/** Ops as methods of tensors and Parameters: `x.matmul(w).add(b).tanh()` instead of `tanh(add(matmul(x, w), b))`. */
import { Parameter, Tensor } from "@tapegrad/core";
import * as ops from "@tapegrad/ops";

/** Every op whose first operand is a tensor. One by one: a bundle carries the table of a file's exports besides the exports. */
const methods = {
  abs: ops.abs,
  add: ops.add,
  argmax: ops.argmax,
  argmin: ops.argmin,
  argsort: ops.argsort,
  broadcastTo: ops.broadcastTo,
  cast: ops.cast,
  cos: ops.cos,
  cumsum: ops.cumsum,
  div: ops.div,
  equal: ops.equal,
  erf: ops.erf,
  exp: ops.exp,
  expandDims: ops.expandDims,
  expm1: ops.expm1,
  flip: ops.flip,
  floor: ops.floor,
  gather: ops.gather,
  gelu: ops.gelu,
  greater: ops.greater,
  greaterEqual: ops.greaterEqual,
  indexAdd: ops.indexAdd,
  less: ops.less,
  lessEqual: ops.lessEqual,
  log: ops.log,
  log1p: ops.log1p,
  logSoftmax: ops.logSoftmax,
  logSumExp: ops.logSumExp,
  logicalAnd: ops.logicalAnd,
  logicalNot: ops.logicalNot,
  logicalOr: ops.logicalOr,
  matmul: ops.matmul,
  max: ops.max,
  maximum: ops.maximum,
  mean: ops.mean,
  min: ops.min,
  minimum: ops.minimum,
  moveAxis: ops.moveAxis,
  mul: ops.mul,
  neg: ops.neg,
  notEqual: ops.notEqual,
  oneHot: ops.oneHot,
  pad: ops.pad,
  pow: ops.pow,
  prod: ops.prod,
  relu: ops.relu,
  reshape: ops.reshape,
  rsqrt: ops.rsqrt,
  safeSqrt: ops.safeSqrt,
  scatterAdd: ops.scatterAdd,
  sigmoid: ops.sigmoid,
  sign: ops.sign,
  sin: ops.sin,
  slice: ops.slice,
  softmax: ops.softmax,
  softplus: ops.softplus,
  sort: ops.sort,
  split: ops.split,
  sqrt: ops.sqrt,
  square: ops.square,
  squeeze: ops.squeeze,
  sub: ops.sub,
  sum: ops.sum,
  take: ops.take,
  tanh: ops.tanh,
  topK: ops.topK,
  transpose: ops.transpose,
  variance: ops.variance,
} as const;

type AsMethod<F> = F extends (x: ops.TensorLike, ...rest: infer Rest) => infer R ? (...rest: Rest) => R : never;
type Methods = { readonly [Name in keyof typeof methods]: AsMethod<(typeof methods)[Name]> };

declare module "@tapegrad/core" {
  interface Tensor extends Methods {}
  interface Parameter extends Methods {}
}

for (const [name, op] of Object.entries(methods)) {
  const method = {
    value(this: Tensor | Parameter, ...rest: unknown[]) {
      return Reflect.apply(op, undefined, [this, ...rest]);
    },
    configurable: true,
    writable: true,
  };
  for (const { prototype } of [Tensor, Parameter]) Object.defineProperty(prototype, name, method);
}
