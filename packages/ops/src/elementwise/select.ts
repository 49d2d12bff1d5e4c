/** Comparisons, logic, and `where`, which selects and never multiplies. */

import { apply, DTypeError, type OpDefinition, type Tensor } from "@tapegrad/core";
import { scalar } from "../creation/constant.ts";
import { asTensor, cast, operands, type TensorLike } from "../operands.ts";
import { sumTo } from "../reductions/sum-and-broadcast.ts";
import { binary, type NoAttributes, noAttributes, pointwiseType, unary } from "./elementwise.ts";

const comparison = { derivative: "none", dtypes: "any", result: "bool", tolerance: 0 } as const;
/**
 * Whether a = b, elementwise, as bool; the shapes broadcast. NaN equals nothing.
 * @pytorch torch.eq
 * @example
 * import { equal, tensor } from "tapegrad";
 * console.log(equal(tensor([1, 2, Number.NaN]), tensor([1, 3, Number.NaN])));
 * // → Tensor(bool [3]) [ true, false, false]
 */
export const equal = binary("equal", comparison);
/**
 * Whether a ≠ b, elementwise, as bool; the shapes broadcast. NaN differs from everything, itself included.
 * @pytorch torch.ne
 * @example
 * import { notEqual, tensor } from "tapegrad";
 * console.log(notEqual(tensor([1, Number.NaN]), tensor([1, Number.NaN]))); // → Tensor(bool [2]) [false,  true]
 */
export const notEqual = binary("notEqual", comparison);
/**
 * Whether a < b, elementwise, as bool; the shapes broadcast. False for NaN.
 * @pytorch torch.lt
 * @example
 * import { arange, less } from "tapegrad";
 * console.log(less(arange(4), 2)); // → Tensor(bool [4]) [ true,  true, false, false]
 */
export const less = binary("less", comparison);
/**
 * Whether a ≤ b, elementwise, as bool; the shapes broadcast. False for NaN.
 * @pytorch torch.le
 * @example
 * import { arange, lessEqual } from "tapegrad";
 * console.log(lessEqual(arange(4), 2)); // → Tensor(bool [4]) [ true,  true,  true, false]
 */
export const lessEqual = binary("lessEqual", comparison);
/**
 * Whether a > b, elementwise, as bool; the shapes broadcast. False for NaN.
 * @pytorch torch.gt
 * @example
 * import { greater, tensor, where } from "tapegrad";
 * const x = tensor([-1, 3]);
 * console.log(where(greater(x, 0), x, x.mul(0.1))); // a leaky relu
 * // → Tensor(float32 [2]) [-0.1,    3]
 */
export const greater = binary("greater", comparison);
/**
 * Whether a ≥ b, elementwise, as bool; the shapes broadcast. False for NaN.
 * @pytorch torch.ge
 * @example
 * import { greaterEqual, tensor } from "tapegrad";
 * console.log(greaterEqual(tensor([1, 2]), tensor([2, 2]))); // → Tensor(bool [2]) [false,  true]
 */
export const greaterEqual = binary("greaterEqual", comparison);

const logic = { derivative: "none", dtypes: "bool", result: "bool", tolerance: 0 } as const;
/**
 * Whether a and b, elementwise, as bool: what is not 0 counts as true.
 * @pytorch torch.logical_and
 * @example
 * import { arange, greater, less, logicalAnd } from "tapegrad";
 * const x = arange(5);
 * console.log(logicalAnd(greater(x, 0), less(x, 3))); // → Tensor(bool [5]) [false,  true,  true, false, false]
 */
export const logicalAnd = binary("logicalAnd", logic);
/**
 * Whether a or b, elementwise, as bool: what is not 0 counts as true.
 * @pytorch torch.logical_or
 * @example
 * import { arange, greater, less, logicalOr } from "tapegrad";
 * const x = arange(4);
 * console.log(logicalOr(less(x, 1), greater(x, 2))); // → Tensor(bool [4]) [ true, false, false,  true]
 */
export const logicalOr = binary("logicalOr", logic);
/**
 * Whether x is 0 (false), elementwise, as bool.
 * @pytorch torch.logical_not
 * @example
 * import { logicalNot, tensor } from "tapegrad";
 * console.log(logicalNot(tensor([0, 2]))); // → Tensor(bool [2]) [ true, false]
 */
export const logicalNot = unary("logicalNot", logic);

/** Linear in both branches. The transpose selects, so a NaN in the branch not taken stays there. */
export const whereOp: OpDefinition<NoAttributes, 3> = {
  name: "where",
  type: (inputs) => pointwiseType("where", inputs),
  derivative: {
    kind: "linear",
    inputs: [1, 2],
    saves: [0],
    transpose: (g, { input, inputTypes }, index) => {
      const zero = scalar(0, g.dtype, g);
      const condition = input(0);
      const selected = apply(whereOp, index === 1 ? [condition, g, zero] : [condition, zero, g], noAttributes);
      return sumTo(selected, inputTypes[index].shape);
    },
  },
  batching: { kind: "pointwise" },
  tolerance: 0,
};

/**
 * Elementwise, `whenTrue` where `condition` is true, else `whenFalse`; all three broadcast. The derivative selects as well. If
 * the branch that is not selected has an infinite derivative, its gradient is still 0·∞ = NaN: replace its operand before the
 * branch, as in `div(1, where(equal(x, 0), 1, x))`.
 * @throws DTypeError unless `condition` is bool.
 * @pytorch torch.where
 * @example
 * import { div, equal, tensor, where } from "tapegrad";
 * const x = tensor([1, 0, 4]);
 * console.log(where(equal(x, 0), 0, div(1, x))); // → Tensor(float32 [3]) [   1,    0, 0.25]
 */
export function where(condition: TensorLike, whenTrue: TensorLike, whenFalse: TensorLike): Tensor {
  const test = asTensor(condition);
  if (test.dtype !== "bool")
    throw new DTypeError("where", `the condition is ${test.dtype}, not bool`, "compare first, as in greater(x, 0)");
  const [a, b] = operands("where", [whenTrue, whenFalse], "any", test);
  return apply(whereOp, [test, a, b], noAttributes);
}

/** A bool tensor as 0 and 1 of `like`'s dtype. */
export function indicator(condition: Tensor, like: Tensor): Tensor {
  return cast(condition, like.dtype);
}
