/** The elementwise ops on four lanes: float32 and int32 as they are, bool as a mask of ones. One line per op. */
import type { Attributes, ProgramNode } from "@tapegrad/core";
import { type Expression, type FunctionBuilder, f32x4, i32x4, type Local, v128 } from "../assembler/index.ts";
import type { VectorConstants } from "../math/constants.ts";
import { float32Bits } from "../math/constants.ts";
import { type MathFunction, type MathOptions, mathFunctions, mathKernel } from "../math/kernels.ts";

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

/** The same op on floats, integers and bools, whose true is a mask of ones; the integer instruction may be missing. */
function binary(float: Binary, integer: Binary = float, masks: Binary = integer): LaneOp {
  const instructions = { float32: float, int32: integer, bool: masks };
  return { emit: (_, [a, b], type) => instructions[type](operandAt(a), operandAt(b)) };
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

/** A function of the math library, and what it is for integers. */
function alsoOfIntegers(name: MathFunction, integer: (x: Vector) => Vector): LaneOp {
  return {
    declare: (constants, math) => mathKernel(name, math).declare(constants),
    emit: (context, operands, type) =>
      type === "float32"
        ? mathKernel(name, context.math).emit(context.f, context.constants, ...operands)
        : integer(operandAt(operands[0])),
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
  floor: alsoOfIntegers("floor", (x) => x),
  // As integers, masks order the other way round: true is −1.
  greater: binary(f32x4.gt, i32x4.gtS, i32x4.ltS),
  greaterEqual: binary(f32x4.ge, i32x4.geS, i32x4.leS),
  less: binary(f32x4.lt, i32x4.ltS, i32x4.gtS),
  lessEqual: binary(f32x4.le, i32x4.leS, i32x4.geS),
  logicalAnd: binary(v128.and),
  logicalNot: unary(v128.not),
  logicalOr: binary(v128.or),
  maximum: binary(f32x4.max, i32x4.maxS, v128.or),
  minimum: binary(f32x4.min, i32x4.minS, v128.and),
  mul: binary(f32x4.mul, i32x4.mul),
  neg: unary(f32x4.neg, i32x4.neg),
  notEqual: binary(f32x4.ne, i32x4.ne),
  relu: withConstants([0], (context, [x], type) =>
    (type === "float32" ? f32x4.max : i32x4.maxS)(operandAt(x), constant(context, 0)),
  ),
  sign: alsoOfIntegers("sign", (x) => i32x4.minS(i32x4.maxS(x, i32x4.constant(-1)), i32x4.constant(1))),
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

/** Whether the node can be part of a fused loop. What the public functions cast to floats has no instruction for integers. */
export function isElementwise({ op, inputs }: ProgramNode): boolean {
  const needsFloats = floatsOnly.has(op.name) && inputs.some(({ dtype }) => dtype !== "float32");
  return Object.hasOwn(ops, op.name) && !needsFloats;
}

const onIntegersToo: readonly string[] = ["floor", "sign"];
const floatsOnly = new Set<string>(["div", ...mathFunctions.filter((name) => !onIntegersToo.includes(name))]);

export function laneOp(name: string): LaneOp {
  const op = ops[name];
  if (op === undefined) throw new Error(`internal: ${name} is not elementwise`);
  return op;
}
