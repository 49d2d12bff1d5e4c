/** All primitives by name. Backends' kernel tables and the samples are checked against its type. */

import type { OpDefinition, Operands } from "@tapegrad/core";
import { castOp } from "@tapegrad/core/internal";
import { fullOp, iotaOp } from "./creation/constant.ts";
import { randomBitsOp } from "./creation/random.ts";
import * as arithmetic from "./elementwise/arithmetic.ts";
import * as elementary from "./elementwise/elementary.ts";
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
import * as reductions from "./reductions/reductions.ts";
import { broadcastToOp, reshapeOp, sumOp } from "./reductions/sum-and-broadcast.ts";

/** The records of the primitives that a module exports under their names. */
type Records<Module> = {
  readonly [Name in keyof Module as Module[Name] extends Recorded ? Name : never]: Module[Name] extends Recorded
    ? Module[Name]["op"]
    : never;
};

interface Recorded {
  readonly op: OpDefinition;
}

function recordsOf<Module extends object>(module: Module): Records<Module> {
  const records = Object.entries(module).flatMap(([name, value]) => ("op" in value ? [[name, value.op]] : []));
  // The one unchecked cast: entries of a module by the names that it exports.
  return Object.fromEntries(records) as Records<Module>;
}

/** The op table: the record of every primitive, by name. What walks the ops, tests included, walks this. */
export const primitives = {
  ...recordsOf(arithmetic),
  ...recordsOf(elementary),
  ...recordsOf(reductions),
  alias: aliasOp,
  argsort: argsortOp,
  broadcastTo: broadcastToOp,
  cast: castOp,
  concat: concatOp,
  cumsum: cumsumOp,
  equal: equal.op,
  flip: flipOp,
  full: fullOp,
  gather: gatherOp,
  greater: greater.op,
  greaterEqual: greaterEqual.op,
  indexAdd: indexAddOp,
  iota: iotaOp,
  less: less.op,
  lessEqual: lessEqual.op,
  logicalAnd: logicalAnd.op,
  logicalNot: logicalNot.op,
  logicalOr: logicalOr.op,
  matmul: matmulOp,
  notEqual: notEqual.op,
  pad: padOp,
  randomBits: randomBitsOp,
  reshape: reshapeOp,
  scatterAdd: scatterAddOp,
  slice: sliceOp,
  stopGradient: stopGradientOp,
  sum: sumOp,
  take: takeOp,
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
