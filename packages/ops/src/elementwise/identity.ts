/**
 * Identities, which only recorders distinguish: `alias` gives a value a new name, and `stopGradient` hides where it came from.
 */
import { apply, type OpDefinition, type Tensor } from "@tapegrad/core";
import { asTensor, type TensorLike, tensorOf } from "../operands.ts";
import { type NoAttributes, noAttributes } from "./elementwise.ts";

export const aliasOp: OpDefinition<NoAttributes, 1> = {
  name: "alias",
  type: ([x]) => x,
  derivative: { kind: "linear", inputs: "all", saves: [], transpose: (g) => g },
  batching: { kind: "trailing" },
  tolerance: 0,
};

/** The same value under a fresh identity, connected to `x`. Transforms wrap their inputs so. */
export function alias(x: TensorLike): Tensor {
  return apply(aliasOp, [asTensor(x)], noAttributes);
}

export const stopGradientOp: OpDefinition<NoAttributes, 1> = {
  name: "stopGradient",
  type: ([x]) => x,
  derivative: { kind: "zero" },
  batching: { kind: "trailing" },
  tolerance: 0,
};

/**
 * The same values with derivative zero.
 * @pytorch torch.Tensor.detach
 * @example
 * import { grad, mul, stopGradient, tensor } from "tapegrad";
 * const df = grad((x) => mul(x, stopGradient(x))); // the second factor counts as a constant
 * console.log(df(tensor(3))); // → Tensor(float32 []) 3
 */
export function stopGradient(x: TensorLike): Tensor {
  return apply(stopGradientOp, [tensorOf("stopGradient", "operand", x)], noAttributes);
}
