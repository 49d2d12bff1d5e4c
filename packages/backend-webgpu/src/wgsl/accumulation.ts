/**
 * Partial results of reductions, as WGSL: their identity, adding one element, merging two partial results, and the result. Merging
 * makes any split of the elements over invocations, workgroups and dispatches equivalent.
 */
import type { DType } from "@tapegrad/core";
import type { Element } from "./element.ts";
import type { FunctionName } from "./functions.ts";

export interface Accumulation {
  /** The WGSL type of a partial result. */
  readonly type: string;
  readonly functions: readonly FunctionName[];
  /** The partial result of no elements. */
  readonly identity: string;
  /** `partial` and one more element; `position` is the element's place along the reduced axis, a u32. */
  readonly add: (partial: string, element: string, position: string) => string;
  readonly merge: (a: string, b: string) => string;
  readonly result: (partial: string) => string;
}

export type ReductionName = "argmax" | "argmin" | "logSumExp" | "max" | "min" | "sum";

/** The accumulation of a reduction of `dtype`. */
export function accumulationOf(name: ReductionName, dtype: DType): Accumulation {
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

const floatSum: Accumulation = {
  type: "vec2<f32>",
  functions: ["addExactly", "mergeSums", "roundSum"],
  identity: "vec2<f32>(0f, 0f)",
  add: (partial, element) => `addExactly(${partial}, ${element})`,
  merge: (a, b) => `mergeSums(${a}, ${b})`,
  result: (partial) => `roundSum(${partial})`,
};

const integerSum: Accumulation = {
  type: "i32",
  functions: [],
  identity: "0i",
  add: (partial, element) => `${partial} + ${element}`,
  merge: (a, b) => `${a} + ${b}`,
  result: (partial) => partial,
};

const exponentialSum: Accumulation = {
  type: "vec2<f32>",
  functions: ["mergeExponentials", "logarithm", "infinity"],
  identity: "vec2<f32>(-infinity(), 0f)",
  add: (partial, element) => `mergeExponentials(${partial}, vec2<f32>(${element}, 1f))`,
  merge: (a, b) => `mergeExponentials(${a}, ${b})`,
  result: (partial) => `logarithm(${partial}.y) + ${partial}.x`,
};

function extreme(
  type: Element,
  identity: string,
  merge: (a: string, b: string) => string,
  functions: readonly FunctionName[],
): Accumulation {
  return { type, functions, identity, add: merge, merge, result: (partial) => partial };
}

function position(dtype: DType, rank: (key: string) => string, functions: readonly FunctionName[] = []): Accumulation {
  const order = orderOf(dtype);
  return {
    type: "vec2<u32>",
    functions: ["mergePositions", ...order.functions, ...functions],
    identity: "vec2<u32>(0u, 0xffffffffu)",
    add: (partial, element, place) => `mergePositions(${partial}, vec2<u32>(${rank(order.key(element))}, ${place}))`,
    merge: (a, b) => `mergePositions(${a}, ${b})`,
    result: (partial) => `i32(${partial}.y)`,
  };
}

/** Unsigned numbers in the order of a dtype's values, NaN last. */
export function orderOf(dtype: DType): { functions: readonly FunctionName[]; key: (element: string) => string } {
  if (dtype === "float32") return { functions: ["orderOfFloat"], key: (element) => `orderOfFloat(${element})` };
  if (dtype === "int32") return { functions: ["orderOfInteger"], key: (element) => `orderOfInteger(${element})` };
  return { functions: [], key: (element) => element };
}
