/** Arithmetic, with the conventions at kinks: relu′(0) = abs′(0) = 0, and ties of minimum and maximum share equally. */
import type { Tensor } from "@tapegrad/core";
import { binary, unary } from "./elementwise.ts";
import { equal, greater, indicator, less, notEqual } from "./select.ts";

/**
 * a + b, elementwise; the shapes broadcast. ∂/∂a = ∂/∂b = 1.
 * @throws ShapeError unless the shapes broadcast.
 * @pytorch torch.add
 * @example
 * import { add, tensor } from "tapegrad";
 * console.log(add(tensor([1, 2]), 10)); // → Tensor(float32 [2]) [11, 12]
 */
export const add = binary("add", { derivative: [() => 1, () => 1] });
/**
 * a − b, elementwise; the shapes broadcast. ∂/∂a = 1, ∂/∂b = −1.
 * @throws ShapeError unless the shapes broadcast.
 * @pytorch torch.sub
 * @example
 * import { sub, tensor } from "tapegrad";
 * console.log(sub(1, tensor([0.25, 3]))); // → Tensor(float32 [2]) [0.75,   -2]
 */
export const sub = binary("sub", { derivative: [() => 1, () => -1] });
/**
 * a · b, elementwise (Hadamard's product ⊙); the shapes broadcast. ∂/∂a = b, ∂/∂b = a.
 * @throws ShapeError unless the shapes broadcast.
 * @pytorch torch.mul
 * @example
 * import { mul, tensor } from "tapegrad";
 * const gate = tensor([0, 0.5, 1]);
 * console.log(mul(gate, tensor([4, 4, 4]))); // → Tensor(float32 [3]) [0, 2, 4]
 */
export const mul = binary("mul", { derivative: [({ b }) => b, ({ a }) => a], saves: [0, 1] });

/**
 * a / b, elementwise; the shapes broadcast. Integers give the default float. ∂/∂a = 1/b, ∂/∂b = −a/b².
 * @throws ShapeError unless the shapes broadcast.
 * @pytorch torch.div
 * @example
 * import { div, tensor } from "tapegrad";
 * console.log(div(tensor([1, 2, 3], { dtype: "int32" }), 2)); // → Tensor(float32 [3]) [0.5,   1, 1.5]
 */
export const div = binary("div", {
  dtypes: "floating",
  derivative: [({ b }) => div(1, b), ({ b, y }) => neg(div(y, b))],
  saves: [1, "y"],
});

/**
 * −x, elementwise.
 * @pytorch torch.neg
 * @example
 * import { neg, tensor } from "tapegrad";
 * console.log(neg(tensor([1, -2]))); // → Tensor(float32 [2]) [-1,  2]
 */
export const neg = unary("neg", { dtypes: "numeric", derivative: () => -1 });
/**
 * −1, 0 or 1, the sign of x, elementwise. The derivative is 0 everywhere.
 * @pytorch torch.sign
 * @example
 * import { sign, tensor } from "tapegrad";
 * console.log(sign(tensor([-3, 0, 0.1]))); // → Tensor(float32 [3]) [-1,  0,  1]
 */
export const sign = unary("sign", { dtypes: "numeric", derivative: "zero" });
/**
 * ⌊x⌋, the largest integer not above x, elementwise. The derivative is 0 everywhere.
 * @pytorch torch.floor
 * @example
 * import { floor, tensor } from "tapegrad";
 * console.log(floor(tensor([1.7, -1.2]))); // → Tensor(float32 [2]) [ 1, -2]
 */
export const floor = unary("floor", { dtypes: "numeric", derivative: "zero" });
/**
 * |x|, elementwise. dy/dx = sign x, 0 at 0.
 * @pytorch torch.abs
 * @example
 * import { abs, grad, tensor } from "tapegrad";
 * console.log(abs(tensor([-3, 2]))); // → Tensor(float32 [2]) [3, 2]
 * console.log(grad((x) => abs(x).sum())(tensor([-3, 0]))); // → Tensor(float32 [2]) [-1,  0]
 */
export const abs = unary("abs", { dtypes: "numeric", derivative: ({ x }) => sign(x), saves: [0] });
/**
 * x², elementwise. dy/dx = 2x.
 * @pytorch torch.square
 * @example
 * import { grad, square, tensor } from "tapegrad";
 * console.log(grad((x) => square(x).sum())(tensor([1, 2, 3]))); // → Tensor(float32 [3]) [2, 4, 6]
 */
export const square = unary("square", { dtypes: "numeric", derivative: ({ x }) => mul(2, x), saves: [0] });

/**
 * max(x, 0), elementwise. dy/dx is 1 above 0 and 0 at and below 0; the gradient passes through a NaN, as in PyTorch.
 * @pytorch torch.relu
 * @example
 * import { relu, tensor } from "tapegrad";
 * console.log(relu(tensor([-1, 0, 2]))); // → Tensor(float32 [3]) [0, 0, 2]
 */
export const relu = unary("relu", {
  dtypes: "numeric",
  derivative: ({ y }) => indicator(notEqual(y, 0), y),
  saves: ["y"],
});

/**
 * The larger of a and b, elementwise; NaN if either is. Where a = b, each gets half of the gradient; at a NaN, both get all of
 * it, as in PyTorch.
 * @throws ShapeError unless the shapes broadcast.
 * @pytorch torch.maximum
 * @example
 * import { maximum, tensor } from "tapegrad";
 * console.log(maximum(tensor([1, 5]), tensor([3, 4]))); // → Tensor(float32 [2]) [3, 5]
 */
export const maximum = binary("maximum", {
  derivative: [({ a, b }) => share(less, a, b), ({ a, b }) => share(less, b, a)],
  saves: [0, 1],
});
/**
 * The smaller of a and b, elementwise; NaN if either is. Where a = b, each gets half of the gradient; at a NaN, both get all of
 * it, as in PyTorch.
 * @throws ShapeError unless the shapes broadcast.
 * @pytorch torch.minimum
 * @example
 * import { maximum, minimum, tensor } from "tapegrad";
 * const clipped = minimum(maximum(tensor([-2, 0.3, 7]), -1), 1); // to [-1, 1]
 * console.log(clipped); // → Tensor(float32 [3]) [ -1, 0.3,   1]
 */
export const minimum = binary("minimum", {
  derivative: [({ a, b }) => share(greater, a, b), ({ a, b }) => share(greater, b, a)],
  saves: [0, 1],
});

/** 0 where `mine` loses, ½ at a tie, else 1. */
function share(loses: (mine: Tensor, other: Tensor) => Tensor, mine: Tensor, other: Tensor): Tensor {
  return sub(1, add(indicator(loses(mine, other), mine), mul(0.5, indicator(equal(mine, other), mine))));
}
