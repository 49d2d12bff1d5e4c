/** The elementwise ops on four lanes: float32 and int32 as they are, bool as a mask of ones. One line per op. */
import type { Attributes, ProgramNode } from "@tapegrad/core";
import { type Expression, type FunctionBuilder, f32x4, i32x4, type Local, v128 } from "../assembler/index.ts";
import type { VectorConstants } from "../math/constants.ts";
import { float32Bits } from "../math/constants.ts";
import { isMathFunction, type MathOptions, mathFunctions, mathKernel } from "../math/kernels.ts";

type Vector = Expression<"v128">;
type Lane = "bool" | "int32" | "float32";

/** What an op may use while its code is written. */
export interface LaneContext {
  readonly f: FunctionBuilder;
  readonly constants: VectorConstants;
  readonly math: MathOptions;
}

interface LaneOp {
  /** Sets constants before the loop. */
  declare?(constants: VectorConstants, math: MathOptions): void;
  /** `type` is that of the operands, the last if they differ. */
  emit(context: LaneContext, operands: readonly Local<"v128">[], type: Lane, attributes: Attributes): Vector;
}

function splatBits(value: number): bigint {
  const bits = float32Bits(value);
  return (bits << 32n) | bits;
}

/** A float constant that was declared before the loop. */
function constant({ constants }: LaneContext, value: number): Vector {
  return constants.get(splatBits(value));
}

type Binary = (a: Vector, b: Vector) => Vector;

/** The same op on floats and integers; the integer instruction may be missing. */
function binary(float: Binary, integer: Binary = float): LaneOp {
  return { emit: (_, [a, b], type) => (type === "float32" ? float : integer)(operandAt(a), operandAt(b)) };
}

function unary(float: (x: Vector) => Vector, integer = float): LaneOp {
  return { emit: (_, [x], type) => (type === "float32" ? float : integer)(operandAt(x)) };
}

function operandAt(operand: Local<"v128"> | undefined): Local<"v128"> {
  if (operand === undefined) throw new Error("internal: an operand is missing");
  return operand;
}

/** The functions of the math library. */
const functions: Readonly<Record<string, LaneOp>> = Object.fromEntries(
  mathFunctions.map((name): [string, LaneOp] => [
    name,
    {
      declare: (constants, math) => mathKernel(name, math).declare(constants),
      emit: ({ f, constants, math }, operands) => mathKernel(name, math).emit(f, constants, ...operands),
    },
  ]),
);

/** Uses float constants. */
function withConstants(values: readonly number[], emit: LaneOp["emit"]): LaneOp {
  return {
    declare: (constants) => {
      for (const value of values) constants.declare(splatBits(value));
    },
    emit,
  };
}

const ops: Readonly<Record<string, LaneOp>> = {
  ...functions,
  abs: unary(f32x4.abs, i32x4.abs),
  add: binary(f32x4.add, i32x4.add),
  cast: {
    declare: (constants) => {
      constants.declare(splatBits(1));
      constants.declare(splatBits(0));
    },
    emit: (context, [x], type, attributes) => castTo(context, operandAt(x), type, attributes),
  },
  div: binary(f32x4.div),
  equal: binary(f32x4.eq, i32x4.eq),
  greater: binary(f32x4.gt, i32x4.gtS),
  greaterEqual: binary(f32x4.ge, i32x4.geS),
  less: binary(f32x4.lt, i32x4.ltS),
  lessEqual: binary(f32x4.le, i32x4.leS),
  logicalAnd: binary(v128.and),
  logicalNot: unary(v128.not),
  logicalOr: binary(v128.or),
  maximum: binary(f32x4.max, i32x4.maxS),
  minimum: binary(f32x4.min, i32x4.minS),
  mul: binary(f32x4.mul, i32x4.mul),
  neg: unary(f32x4.neg, i32x4.neg),
  notEqual: binary(f32x4.ne, i32x4.ne),
  relu: withConstants([0], (context, [x], type) =>
    (type === "float32" ? f32x4.max : i32x4.maxS)(operandAt(x), constant(context, 0)),
  ),
  square: { emit: (_, [x], type) => (type === "float32" ? f32x4.mul : i32x4.mul)(operandAt(x), operandAt(x)) },
  sub: binary(f32x4.sub, i32x4.sub),
  where: { emit: (_, [test, a, b]) => v128.bitselect(operandAt(a), operandAt(b), operandAt(test)) },
};

function castTo(context: LaneContext, x: Local<"v128">, from: Lane, attributes: Attributes): Vector {
  const to = "dtype" in attributes ? attributes.dtype : from;
  if (to === from) return x;
  if (to === "float32") return from === "bool" ? v128.and(x, constant(context, 1)) : f32x4.convertI32x4S(x);
  if (to === "bool") return from === "float32" ? f32x4.ne(x, constant(context, 0)) : i32x4.ne(x, constant(context, 0));
  return from === "bool" ? i32x4.neg(x) : i32x4.truncSatF32x4S(x);
}

/** Whether the node can be part of a fused loop. Comparisons of bools, and what integers have no instruction for, are left to the host. */
export function isElementwise({ op, inputs, outputs }: ProgramNode): boolean {
  // sign and floor also take integers, which the library does not.
  if (isMathFunction(op.name) && inputs.some(({ dtype }) => dtype !== "float32")) return false;
  const comparesBools = op.name in bitwiseOnBools && inputs.some(({ dtype }) => dtype === "bool");
  const needsFloats = op.name in floatsOnly && inputs.some(({ dtype }) => dtype !== "float32");
  const isEmpty = outputs.some(({ shape }) => shape.includes(0));
  return Object.hasOwn(ops, op.name) && !comparesBools && !needsFloats && !isEmpty;
}

/** What has no integer instruction. */
const floatsOnly: Readonly<Record<string, true>> = {
  div: true,
  erf: true,
  exp: true,
  expm1: true,
  log: true,
  log1p: true,
  rsqrt: true,
  sigmoid: true,
  softplus: true,
  sqrt: true,
  tanh: true,
};

/** On masks of ones these would see −1 for true. */
const bitwiseOnBools: Readonly<Record<string, true>> = {
  greater: true,
  greaterEqual: true,
  less: true,
  lessEqual: true,
  maximum: true,
  minimum: true,
};

export function laneOp(name: string): LaneOp {
  const op = ops[name];
  if (op === undefined) throw new Error(`internal: ${name} is not elementwise`);
  return op;
}
