/** The elementwise ops on the lanes of a vector. A bool is a mask of ones. One line per op. */
import { bytesPerElement, type DType, isFloat, type ProgramNode, type TensorType } from "@tapegrad/core";
import { computedIn, computing, defined } from "@tapegrad/core/internal";
import { type Expression, type FunctionBuilder, f32x4, f64x2, i32x4, type Local, v128 } from "../assembler/index.ts";
import type { VectorConstants } from "../math/constants.ts";
import { type MathFunction, type MathOptions, mathFunctions, mathKernel } from "../math/kernels.ts";
import { elements, type FloatElement, floatElements } from "./elements.ts";
import { narrow, oddlyRounded, widen } from "./float16-lanes.ts";
import type { LaneLayout } from "./lane-layout.ts";

type Vector = Expression<"v128">;

/** Of the math library, for lanes of either type. */
export type LaneMath = Omit<MathOptions, "type">;

/** What an op may use while its code is written. */
export interface LaneContext {
  readonly f: FunctionBuilder;
  readonly constants: VectorConstants;
  readonly math: LaneMath;
  readonly layout: LaneLayout;
}

interface LaneOp {
  /** Sets constants before the loop. */
  declare?(constants: VectorConstants, math: LaneMath, type: DType, result: DType): void;
  /** `type` is that of the operands, the last if they differ. */
  emit(context: LaneContext, operands: readonly Local<"v128">[], type: DType, result: DType): Vector;
}

/** The float instructions, and the format, of a dtype's lanes; of integers and bools those of float32. */
function floats(type: DType): FloatElement["simd"] {
  return floatElementOf(type).simd;
}

function formatOf(type: DType): FloatElement["format"] {
  return floatElementOf(type).format;
}

function floatElementOf(type: DType): FloatElement {
  const computed = computing(type);
  return floatElements[isFloat(computed) ? computed : "float32"];
}

type Binary = (a: Vector, b: Vector) => Vector;
type FloatBinary = "add" | "div" | "eq" | "ge" | "gt" | "le" | "lt" | "max" | "min" | "mul" | "ne" | "sub";

/** The same op on floats, integers and bools, whose true is a mask of ones; the integer instruction may be missing. */
function binary(float: FloatBinary, integer?: Binary, masks = integer): LaneOp {
  return {
    emit: (_, [a, b], type) => {
      const other = type === "bool" ? masks : integer;
      const instruction = isFloat(type) ? floats(type)[float] : defined(other, "instruction");
      return instruction(operandAt(a), operandAt(b));
    },
  };
}

/** A binary op whose result is a mask. */
function comparison(float: FloatBinary, integer: Binary, masks = integer): LaneOp {
  const { emit } = binary(float, integer, masks);
  return {
    emit: (context, operands, type, result) => {
      const mask = emit(context, operands, type, result);
      return isWord(type) ? context.layout.masked(mask) : mask;
    },
  };
}

/** Of dtypes whose lanes are always 32 bits wide. */
function isWord(type: DType): boolean {
  return type !== "bool" && bytesPerElement(type) <= 4;
}

function unary(float: "abs" | "neg", integer: (x: Vector) => Vector): LaneOp {
  return { emit: (_, [x], type) => (isFloat(type) ? floats(type)[float] : integer)(operandAt(x)) };
}

function logical(instruction: (...operands: [Vector, Vector]) => Vector): LaneOp {
  return { emit: (_, [a, b]) => instruction(operandAt(a), operandAt(b)) };
}

function operandAt(operand: Local<"v128"> | undefined): Local<"v128"> {
  return defined(operand, "operand");
}

function kernelOf(name: MathFunction, math: LaneMath, type: DType) {
  return mathKernel(name, { ...math, type: formatOf(type).type });
}

/** A function of the math library, and what it is for integers, if anything. */
function mathOp(name: MathFunction, integer?: (x: Vector) => Vector): LaneOp {
  return {
    declare: (constants, math, type) => kernelOf(name, math, type).declare(constants),
    emit: ({ f, constants, math }, operands, type) =>
      integer === undefined || isFloat(type)
        ? kernelOf(name, math, type).emit(f, constants, ...operands)
        : integer(operandAt(operands[0])),
  };
}

const zero = 0n;

const ops: Readonly<Record<string, LaneOp>> = {
  ...Object.fromEntries(mathFunctions.map((name) => [name, mathOp(name)])),
  abs: unary("abs", i32x4.abs),
  add: binary("add", i32x4.add),
  cast: {
    declare: (constants, _, __, result) => {
      constants.declare(oneOf(computedIn(result)));
      constants.declare(zero);
    },
    emit: (context, [x], type, result) => casts[type][result](operandAt(x), context),
  },
  div: binary("div"),
  equal: comparison("eq", i32x4.eq),
  floor: mathOp("floor", (x) => x),
  // As integers, masks order the other way round: true is −1.
  greater: comparison("gt", i32x4.gtS, i32x4.ltS),
  greaterEqual: comparison("ge", i32x4.geS, i32x4.leS),
  less: comparison("lt", i32x4.ltS, i32x4.gtS),
  lessEqual: comparison("le", i32x4.leS, i32x4.geS),
  logicalAnd: logical(v128.and),
  logicalNot: { emit: (_, [x]) => v128.not(operandAt(x)) },
  logicalOr: logical(v128.or),
  maximum: binary("max", i32x4.maxS, v128.or),
  minimum: binary("min", i32x4.minS, v128.and),
  mul: binary("mul", i32x4.mul),
  neg: unary("neg", i32x4.neg),
  notEqual: comparison("ne", i32x4.ne),
  relu: {
    declare: (constants) => constants.declare(zero),
    emit: ({ constants }, [x], type) =>
      (isFloat(type) ? floats(type).max : i32x4.maxS)(operandAt(x), constants.get(zero)),
  },
  sign: mathOp("sign", (x) => i32x4.minS(i32x4.maxS(x, i32x4.constant(-1)), i32x4.constant(1))),
  square: { emit: (_, [x], type) => (isFloat(type) ? floats(type) : i32x4).mul(operandAt(x), operandAt(x)) },
  sub: binary("sub", i32x4.sub),
  where: {
    emit: ({ layout }, [test, a, b], type) => {
      const mask = operandAt(test);
      return v128.bitselect(operandAt(a), operandAt(b), isWord(type) ? layout.words(mask) : mask);
    },
  },
};

/** The bits of 1 as a float of the dtype. */
function oneOf(dtype: DType): bigint {
  return formatOf(dtype).floatBits(1);
}

type LaneCast = (x: Local<"v128">, context: LaneContext) => Vector;

const same: LaneCast = (x) => x;

/** Whether a number of 32 bits differs from zero. */
function truthOf(lanes: typeof i32x4 | typeof f32x4): LaneCast {
  return (x, { constants, layout }) => layout.masked(lanes.ne(x, constants.get(zero)));
}

/** The conversions, from row to column. */
const casts: Readonly<Record<DType, Readonly<Record<DType, LaneCast>>>> = {
  bool: {
    bool: same,
    int32: (x, { layout }) => i32x4.neg(layout.words(x)),
    float16: (x, { layout }) => v128.and(layout.words(x), elements.float16.constant(1)),
    float32: (x, { constants, layout }) => v128.and(layout.words(x), constants.get(oneOf("float32"))),
    float64: (x, { constants }) => v128.and(x, constants.get(oneOf("float64"))),
  },
  int32: {
    bool: truthOf(i32x4),
    int32: same,
    float16: (x, { f }) => narrow(f, f.let(f32x4.convertI32x4S(x))),
    float32: f32x4.convertI32x4S,
    float64: f64x2.convertLowI32x4S,
  },
  float16: {
    bool: (x, context) => truthOf(f32x4)(context.f.let(widen(context.f, x)), context),
    int32: (x, { f }) => i32x4.truncSatF32x4S(widen(f, x)),
    float16: same,
    float32: (x, { f }) => widen(f, x),
    float64: (x, { f }) => f64x2.promoteLowF32x4(widen(f, x)),
  },
  float32: {
    bool: truthOf(f32x4),
    int32: i32x4.truncSatF32x4S,
    float16: (x, { f }) => narrow(f, x),
    float32: same,
    float64: f64x2.promoteLowF32x4,
  },
  float64: {
    bool: (x, { constants }) => f64x2.ne(x, constants.get(zero)),
    int32: i32x4.truncSatF64x2SZero,
    float16: (x, { f, layout }) => narrow(f, oddlyRounded(f, x, layout)),
    float32: f32x4.demoteF64x2Zero,
    float64: same,
  },
};

/** Whether the node can be part of a fused loop. What the public functions cast to floats has no instruction for integers. */
export function isElementwise({ op, inputs }: ProgramNode): boolean {
  return isElementwiseOn(op.name, inputs);
}

export function isElementwiseOn(op: string, inputs: readonly TensorType[]): boolean {
  const needsFloats = floatsOnly.has(op) && !inputs.every(({ dtype }) => isFloat(dtype));
  return isLaneOp(op) && !needsFloats;
}

const onIntegersToo: readonly string[] = ["floor", "sign"];
const floatsOnly = new Set<string>(["div", ...mathFunctions.filter((name) => !onIntegersToo.includes(name))]);

export function isLaneOp(name: string): boolean {
  return Object.hasOwn(ops, name);
}

export function laneOp(name: string): LaneOp {
  const op = ops[name];
  if (op === undefined) throw new Error(`internal: ${name} is not elementwise`);
  return op;
}
