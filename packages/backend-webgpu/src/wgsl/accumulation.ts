/**
 * Partial results of reductions, as WGSL: how to begin, take in one element, join two partial results, and finish. Joining makes
 * any split of the elements over invocations, workgroups and dispatches equivalent.
 */
import type { DType } from "@tapegrad/core";
import type { Element } from "./element.ts";
import type { FunctionName } from "./functions.ts";

export interface Accumulator {
  /** The WGSL type of a partial result. */
  readonly type: string;
  readonly functions: readonly FunctionName[];
  readonly initial: string;
  /** `partial` and one more element; `position` is the element's place along the reduced axis, a u32. */
  readonly take: (partial: string, element: string, position: string) => string;
  readonly join: (a: string, b: string) => string;
  readonly result: (partial: string) => string;
}

export type ReductionName = "argmax" | "argmin" | "logSumExp" | "max" | "min" | "sum";

/** The accumulator of a reduction of `dtype`. */
export function accumulatorOf(name: ReductionName, dtype: DType): Accumulator {
  const isFloat = dtype === "float32";
  switch (name) {
    case "sum":
      return isFloat ? floatSum : integerSum;
    case "max":
      return isFloat
        ? extreme("f32", "-infinity()", (a, b) => `largerOf(${a}, ${b})`, ["largerOf", "infinity"])
        : extreme("i32", "i32(-2147483647 - 1)", (a, b) => `max(${a}, ${b})`, []);
    case "min":
      return isFloat
        ? extreme("f32", "infinity()", (a, b) => `smallerOf(${a}, ${b})`, ["smallerOf", "infinity"])
        : extreme("i32", "2147483647i", (a, b) => `min(${a}, ${b})`, []);
    case "logSumExp":
      return exponentialSum;
    case "argmax":
      return position(dtype, (key) => key);
    case "argmin":
      return isFloat
        ? position(dtype, (key) => `reverseOrder(${key})`, ["reverseOrder"])
        : position(dtype, (key) => `~${key}`);
  }
}

const floatSum: Accumulator = {
  type: "vec2<f32>",
  functions: ["addExactly", "joinSums", "roundSum"],
  initial: "vec2<f32>(0f, 0f)",
  take: (partial, element) => `addExactly(${partial}, ${element})`,
  join: (a, b) => `joinSums(${a}, ${b})`,
  result: (partial) => `roundSum(${partial})`,
};

const integerSum: Accumulator = {
  type: "i32",
  functions: [],
  initial: "0i",
  take: (partial, element) => `${partial} + ${element}`,
  join: (a, b) => `${a} + ${b}`,
  result: (partial) => partial,
};

const exponentialSum: Accumulator = {
  type: "vec2<f32>",
  functions: ["joinExponentials", "logarithm", "infinity"],
  initial: "vec2<f32>(-infinity(), 0f)",
  take: (partial, element) => `joinExponentials(${partial}, vec2<f32>(${element}, 1f))`,
  join: (a, b) => `joinExponentials(${a}, ${b})`,
  result: (partial) => `logarithm(${partial}.y) + ${partial}.x`,
};

function extreme(
  type: Element,
  initial: string,
  join: (a: string, b: string) => string,
  functions: readonly FunctionName[],
): Accumulator {
  return { type, functions, initial, take: join, join, result: (partial) => partial };
}

function position(dtype: DType, rank: (key: string) => string, functions: readonly FunctionName[] = []): Accumulator {
  const order = orderOf(dtype);
  return {
    type: "vec2<u32>",
    functions: ["joinPositions", ...order.functions, ...functions],
    initial: "vec2<u32>(0u, 0xffffffffu)",
    take: (partial, element, place) => `joinPositions(${partial}, vec2<u32>(${rank(order.key(element))}, ${place}))`,
    join: (a, b) => `joinPositions(${a}, ${b})`,
    result: (partial) => `i32(${partial}.y)`,
  };
}

/** Unsigned numbers in the order of a dtype's values, NaN last. */
export function orderOf(dtype: DType): { functions: readonly FunctionName[]; key: (element: string) => string } {
  if (dtype === "float32") return { functions: ["orderOfFloat"], key: (element) => `orderOfFloat(${element})` };
  if (dtype === "int32") return { functions: ["orderOfInteger"], key: (element) => `orderOfInteger(${element})` };
  return { functions: [], key: (element) => element };
}
