/** All primitives by name. Backends' kernel tables and the samples are checked against its type. */

import type { OpDefinition, Operands } from "@tapegrad/core";
import { castOp } from "@tapegrad/core/internal";
import { fullOp, iotaOp } from "./creation/constant.ts";
import { randomBitsOp } from "./creation/random.ts";
import { abs, add, div, floor, maximum, minimum, mul, neg, relu, sign, square, sub } from "./elementwise/arithmetic.ts";
import {
  cos,
  erf,
  exp,
  expm1,
  log,
  log1p,
  pow,
  rsqrt,
  sigmoid,
  sin,
  softplus,
  sqrt,
  tanh,
} from "./elementwise/elementary.ts";
import { aliasOp, stopGradientOp } from "./elementwise/identity.ts";
import {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  notEqual,
  whereOp,
} from "./elementwise/select.ts";
import { gatherOp, scatterAddOp } from "./movement/by-element.ts";
import { indexAddOp, takeOp } from "./movement/by-slice.ts";
import { concatOp, flipOp, padOp, sliceOp, transposeOp } from "./movement/movement.ts";
import { argsortOp } from "./movement/sorting.ts";
import { matmulOp } from "./products/matmul.ts";
import { cumsumOp } from "./reductions/cumsum.ts";
import { argmax, argmin, logSumExp, max, min } from "./reductions/reductions.ts";
import { broadcastToOp, reshapeOp, sumOp } from "./reductions/sum-and-broadcast.ts";

/** The op table: the record of every primitive, by name. What walks the ops, tests included, walks this. */
export const primitives = {
  abs: abs.op,
  add: add.op,
  alias: aliasOp,
  argmax: argmax.op,
  argmin: argmin.op,
  argsort: argsortOp,
  broadcastTo: broadcastToOp,
  cast: castOp,
  concat: concatOp,
  cos: cos.op,
  cumsum: cumsumOp,
  div: div.op,
  equal: equal.op,
  erf: erf.op,
  exp: exp.op,
  expm1: expm1.op,
  flip: flipOp,
  floor: floor.op,
  full: fullOp,
  gather: gatherOp,
  greater: greater.op,
  greaterEqual: greaterEqual.op,
  indexAdd: indexAddOp,
  iota: iotaOp,
  less: less.op,
  lessEqual: lessEqual.op,
  log: log.op,
  log1p: log1p.op,
  logicalAnd: logicalAnd.op,
  logicalNot: logicalNot.op,
  logicalOr: logicalOr.op,
  logSumExp: logSumExp.op,
  matmul: matmulOp,
  max: max.op,
  maximum: maximum.op,
  min: min.op,
  minimum: minimum.op,
  mul: mul.op,
  neg: neg.op,
  notEqual: notEqual.op,
  pad: padOp,
  pow: pow.op,
  randomBits: randomBitsOp,
  relu: relu.op,
  reshape: reshapeOp,
  rsqrt: rsqrt.op,
  scatterAdd: scatterAddOp,
  sigmoid: sigmoid.op,
  sign: sign.op,
  sin: sin.op,
  slice: sliceOp,
  softplus: softplus.op,
  sqrt: sqrt.op,
  square: square.op,
  stopGradient: stopGradientOp,
  sub: sub.op,
  sum: sumOp,
  take: takeOp,
  tanh: tanh.op,
  transpose: transposeOp,
  where: whereOp,
} satisfies Record<string, OpDefinition>;

/** The type of the op table. */
export type Primitives = typeof primitives;
/** The names of the primitives. */
export type PrimitiveName = keyof Primitives;
/** The static arguments of one primitive. */
export type AttributesOf<Name extends PrimitiveName> =
  Primitives[Name] extends OpDefinition<infer A, infer _> ? A : never;
/** One T for each operand of a primitive. */
export type OperandsOf<Name extends PrimitiveName, T> =
  Primitives[Name] extends OpDefinition<infer _, infer Arity> ? Operands<T, Arity> : never;
