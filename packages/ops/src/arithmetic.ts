/** Arithmetic, with the conventions at kinks: relu′(0) = abs′(0) = 0, and ties of minimum and maximum share equally. */
import type { Tensor } from "@tapegrad/core";
import { binary, unary } from "./elementwise.ts";
import { equal, greater, indicator, less, notEqual } from "./select.ts";

export const add = binary("add", { derivative: [() => 1, () => 1] });
export const sub = binary("sub", { derivative: [() => 1, () => -1] });
export const mul = binary("mul", { derivative: [({ b }) => b, ({ a }) => a], saves: [0, 1] });

/** True division; integers give the default float. */
export const div = binary("div", {
  dtypes: "floating",
  derivative: [({ b }) => div(1, b), ({ b, y }) => neg(div(y, b))],
  saves: [1, "y"],
});

export const neg = unary("neg", { dtypes: "numeric", derivative: () => -1 });
export const sign = unary("sign", { dtypes: "numeric", derivative: "zero" });
export const floor = unary("floor", { dtypes: "numeric", derivative: "zero" });
export const abs = unary("abs", { dtypes: "numeric", derivative: ({ x }) => sign(x), saves: [0] });
export const square = unary("square", { dtypes: "numeric", derivative: ({ x }) => mul(2, x), saves: [0] });

/** max(x, 0). y is never negative, so that y ≠ 0 says y > 0, and lets the gradient through a NaN as PyTorch does. */
export const relu = unary("relu", {
  dtypes: "numeric",
  derivative: ({ y }) => indicator(notEqual(y, 0), y),
  saves: ["y"],
});

/** NaN if either operand is; the gradient then passes to both, as in PyTorch. */
export const maximum = binary("maximum", {
  derivative: [({ a, b }) => share(less, a, b), ({ a, b }) => share(less, b, a)],
  saves: [0, 1],
});
/** NaN if either operand is; the gradient then passes to both, as in PyTorch. */
export const minimum = binary("minimum", {
  derivative: [({ a, b }) => share(greater, a, b), ({ a, b }) => share(greater, b, a)],
  saves: [0, 1],
});

/** 0 where `mine` loses, ½ at a tie, else 1. */
function share(loses: (mine: Tensor, other: Tensor) => Tensor, mine: Tensor, other: Tensor): Tensor {
  return sub(1, add(indicator(loses(mine, other), mine), mul(0.5, indicator(equal(mine, other), mine))));
}
