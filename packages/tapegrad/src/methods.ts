/** Ops as methods of tensors and Parameters: `x.matmul(w).add(b).tanh()` instead of `tanh(add(matmul(x, w), b))`. */
import { Parameter, Tensor } from "@tapegrad/core";
import * as ops from "@tapegrad/ops";
import { arithmetic, elementary, reductions } from "@tapegrad/ops/internal";

/** Every op whose first operand is a tensor: whole files of such ops, and others one by one. */
const methods = {
  ...arithmetic,
  ...elementary,
  ...reductions,
  argsort: ops.argsort,
  broadcastTo: ops.broadcastTo,
  cast: ops.cast,
  cumsum: ops.cumsum,
  equal: ops.equal,
  expandDims: ops.expandDims,
  flip: ops.flip,
  gather: ops.gather,
  greater: ops.greater,
  greaterEqual: ops.greaterEqual,
  indexAdd: ops.indexAdd,
  less: ops.less,
  lessEqual: ops.lessEqual,
  logicalAnd: ops.logicalAnd,
  logicalNot: ops.logicalNot,
  logicalOr: ops.logicalOr,
  matmul: ops.matmul,
  moveAxis: ops.moveAxis,
  notEqual: ops.notEqual,
  oneHot: ops.oneHot,
  pad: ops.pad,
  reshape: ops.reshape,
  scatterAdd: ops.scatterAdd,
  slice: ops.slice,
  sort: ops.sort,
  split: ops.split,
  squeeze: ops.squeeze,
  sum: ops.sum,
  take: ops.take,
  topK: ops.topK,
  transpose: ops.transpose,
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
