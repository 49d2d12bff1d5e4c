/**
 * The elementwise ops as WGSL expressions of their operands, which fused loops nest. Operands are texts of the WGSL type of their
 * dtype; a bool is a u32, 0 or 1.
 */
import { type LoweredName, loweredNames } from "@tapegrad/compiler";
import type { DType } from "@tapegrad/core";
import { internal } from "@tapegrad/core/internal";
import type { PrimitiveName } from "@tapegrad/ops";
import type { FunctionName } from "./functions.ts";

export interface Expression {
  readonly functions: readonly FunctionName[];
  /** Operands that cost something to compute must be variables: a text may use one several times. */
  readonly text: (...operands: string[]) => string;
}

interface Entry {
  /** On float32. */
  readonly float?: Expression;
  /** On int32. */
  readonly integer?: Expression;
  /** On bool. */
  readonly bool?: Expression;
}

function of(text: (...operands: string[]) => string, ...functions: FunctionName[]): Expression {
  return { text, functions };
}

/** A function of the library, called with the operands. */
function call(name: FunctionName): Expression {
  return of((...operands) => `${name}(${operands.join(", ")})`, name);
}

function infix(operator: string): Expression {
  return of((a = "", b = "") => `(${a} ${operator} ${b})`);
}

/** 1 where the WGSL condition holds. */
function truth(condition: (a: string, b: string) => string, ...functions: FunctionName[]): Expression {
  return of((a = "", b = "") => `select(0u, 1u, ${condition(a, b)})`, ...functions);
}

function comparison(float: Expression, operator: string): Entry {
  const exact = truth((a, b) => `${a} ${operator} ${b}`);
  return { float, integer: exact, bool: exact };
}

export const elementwise = {
  abs: { float: of((x) => `abs(${x})`), integer: of((x) => `abs(${x})`) },
  add: { float: infix("+"), integer: infix("+") },
  cos: { float: of((x) => `turnedSine(${x}, 1u)`, "turnedSine") },
  div: { float: infix("/") },
  equal: comparison(
    truth((a, b) => `equals(${a}, ${b})`, "equals"),
    "==",
  ),
  erf: { float: call("errorFunction") },
  exp: { float: call("exponential") },
  expm1: { float: call("exponentialMinusOne") },
  floor: { float: of((x) => `floor(${x})`), integer: of((x = "") => x) },
  greater: comparison(
    truth((a, b) => `isLess(${b}, ${a})`, "isLess"),
    ">",
  ),
  greaterEqual: comparison(
    truth((a, b) => `isAtMost(${b}, ${a})`, "isAtMost"),
    ">=",
  ),
  less: comparison(
    truth((a, b) => `isLess(${a}, ${b})`, "isLess"),
    "<",
  ),
  lessEqual: comparison(
    truth((a, b) => `isAtMost(${a}, ${b})`, "isAtMost"),
    "<=",
  ),
  log: { float: call("logarithm") },
  log1p: { float: call("logarithmOfOnePlus") },
  logicalAnd: { bool: infix("&") },
  logicalNot: { bool: of((x) => `(${x} ^ 1u)`) },
  logicalOr: { bool: infix("|") },
  maximum: { float: call("largerOf"), integer: of((a, b) => `max(${a}, ${b})`) },
  minimum: { float: call("smallerOf"), integer: of((a, b) => `min(${a}, ${b})`) },
  mul: { float: infix("*"), integer: infix("*") },
  neg: { float: of((x) => `(-${x})`), integer: of((x) => `(-${x})`) },
  notEqual: comparison(
    truth((a, b) => `!equals(${a}, ${b})`, "equals"),
    "!=",
  ),
  pow: { float: call("powerOf") },
  relu: { float: of((x) => `largerOf(${x}, 0f)`, "largerOf"), integer: of((x) => `max(${x}, 0i)`) },
  // An inverse square root of the device may be off by more, and is not defined at 0.
  rsqrt: { float: of((x) => `(1f / sqrt(${x}))`) },
  sigmoid: { float: call("logistic") },
  sign: { float: call("signOf"), integer: of((x) => `sign(${x})`) },
  sin: { float: of((x) => `turnedSine(${x}, 0u)`, "turnedSine") },
  softplus: { float: call("logarithmOfOnePlusExponential") },
  sqrt: { float: of((x) => `sqrt(${x})`) },
  square: { float: of((x) => `(${x} * ${x})`), integer: of((x) => `(${x} * ${x})`) },
  sub: { float: infix("-"), integer: infix("-") },
  tanh: { float: call("hyperbolicTangent") },
} satisfies Readonly<Record<ElementwiseName, Entry>>;

/** Those whose expression does not depend on one dtype, and the one reduction that backends without code for it decompose. */
const others = ["cast", "logSumExp", "where"] as const satisfies readonly PrimitiveName[];

/** Every op that has no lowering, and is none of the others: a new one without an expression does not compile. */
export type ElementwiseName = Exclude<PrimitiveName, LoweredName | (typeof others)[number]>;

/** The ops that have kernels: every primitive. */
export const kernelNames: readonly string[] = [...Object.keys(elementwise), ...loweredNames, ...others];

/** The expression of an op whose operands have `dtype`, if it has one. */
export function expressionFor(name: ElementwiseName, dtype: DType): Expression | undefined {
  const entry: Entry = elementwise[name];
  return dtype === "float32" ? entry.float : dtype === "int32" ? entry.integer : entry.bool;
}

/** `whenTrue` where the condition, a u32, is not 0. WGSL's select never looks into the branch that is not taken. */
export const selection = of((test, whenTrue, whenFalse) => `select(${whenFalse}, ${whenTrue}, ${test} != 0u)`);

const same = of((x = "") => x);

/** By its bits, because NaN is not zero, and neither is a number so small that the device would flush it. */
const isNotZero = of((x) => `select(0u, 1u, (bitcast<u32>(${x}) & 0x7fffffffu) != 0u)`);

const casts: Readonly<Record<string, Expression>> = {
  "bool float16": of((x) => `f32(${x})`),
  "float16 bool": isNotZero,
  "float16 float32": same,
  "float16 int32": call("toInteger"),
  "float32 float16": call("nearestHalf"),
  "int32 float16": of((x) => `nearestHalf(f32(${x}))`, "nearestHalf"),
  "bool int32": of((x) => `i32(${x})`),
  "bool float32": of((x) => `f32(${x})`),
  "int32 float32": of((x) => `f32(${x})`),
  "int32 bool": of((x) => `select(0u, 1u, ${x} != 0i)`),
  "float32 int32": call("toInteger"),
  "float32 bool": isNotZero,
};

/** The conversion between two dtypes. */
export function castOf(from: DType, to: DType): Expression {
  const found = from === to ? same : casts[`${from} ${to}`];
  if (found === undefined) throw internal(`no WGSL casts ${from} to ${to}`);
  return found;
}
