/** Arithmetic, with the conventions at kinks: relu′(0) = abs′(0) = 0, and ties of minimum and maximum share equally. */
import type { Tensor } from "@tapegrad/core";
import { binary, unary } from "./elementwise.ts";
import { equal, greater, indicator, less } from "./select.ts";

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

/** max(x, 0). */
export const relu = unary("relu", {
  dtypes: "numeric",
  derivative: ({ y }) => indicator(greater(y, 0), y),
  saves: ["y"],
});

/** NaN if either operand is. */
export const maximum = binary("maximum", {
  derivative: [({ a, b }) => share(greater, a, b), ({ a, b }) => share(greater, b, a)],
  saves: [0, 1],
});
/** NaN if either operand is. */
export const minimum = binary("minimum", {
  derivative: [({ a, b }) => share(less, a, b), ({ a, b }) => share(less, b, a)],
  saves: [0, 1],
});

/** 1 where `mine` wins, ½ at a tie. */
function share(wins: (mine: Tensor, other: Tensor) => Tensor, mine: Tensor, other: Tensor): Tensor {
  return add(indicator(wins(mine, other), mine), mul(0.5, indicator(equal(mine, other), mine)));
}
