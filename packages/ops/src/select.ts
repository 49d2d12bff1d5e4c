/** Comparisons, logic, and `where`, which selects and never multiplies. */

import { apply, DTypeError, type OpDefinition, type Tensor } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { scalar } from "./constant.ts";
import { binary, type NoAttributes, noAttributes, pointwiseType, unary } from "./elementwise.ts";
import { asTensor, cast, operands, type TensorLike } from "./operands.ts";
import { sumTo } from "./spread.ts";

const comparison = { derivative: "none", dtypes: "any", result: "bool", tolerance: 0 } as const;
export const equal = binary("equal", comparison);
export const notEqual = binary("notEqual", comparison);
export const less = binary("less", comparison);
export const lessEqual = binary("lessEqual", comparison);
export const greater = binary("greater", comparison);
export const greaterEqual = binary("greaterEqual", comparison);

const logic = { derivative: "none", dtypes: "bool", result: "bool", tolerance: 0 } as const;
export const logicalAnd = binary("logicalAnd", logic);
export const logicalOr = binary("logicalOr", logic);
export const logicalNot = unary("logicalNot", logic);

/** Linear in both branches. The transpose selects, so a NaN in the branch not taken stays there. */
export const whereOp: OpDefinition<NoAttributes> = {
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
      return sumTo(selected, defined(inputTypes[index], "branch").shape);
    },
  },
  batching: { kind: "pointwise" },
  tolerance: 0,
};

/**
 * `whenTrue` where `condition` holds, else `whenFalse`; all three broadcast. The derivative selects as well, but a branch
 * whose own derivative is infinite there still gives 0·∞ = NaN: make the operand safe before, not the result after.
 * @throws DTypeError unless `condition` is bool.
 */
export function where(condition: TensorLike, whenTrue: TensorLike, whenFalse: TensorLike): Tensor {
  const test = asTensor(condition);
  if (test.dtype !== "bool")
    throw new DTypeError("where", `the condition is ${test.dtype}, not bool`, "compare first, as in greater(x, 0)");
  const [a, b] = operands("where", [whenTrue, whenFalse], "any", test);
  return apply(whereOp, [test, defined(a, "operand"), defined(b, "operand")], noAttributes);
}

/** A bool tensor as 0 and 1 of `like`'s dtype. */
export function indicator(condition: Tensor, like: Tensor): Tensor {
  return cast(condition, like.dtype);
}
