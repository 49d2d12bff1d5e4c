/** Gradient clipping (Pascanu, Mikolov and Bengio, 2013): the remedy for exploding gradients. */
import { TapegradError, type Tensor, treeLeaves, treeMap } from "@tapegrad/core";
import { add, div, maximum, minimum, mul, neg, sqrt, square, sum, type TensorLike } from "@tapegrad/ops";

/**
 * Scales a tree of gradients so that its norm over all elements is at most `max`; `norm` is what it was. The scale is
 * max / (norm + 1e-6) as in PyTorch, and never more than 1. A gradient that is not finite shows in the norm.
 * @throws TapegradError unless max > 0, if it is a number.
 */
export function clipByGlobalNorm<Gradients>(
  gradients: Gradients,
  max: TensorLike,
): { gradients: Gradients; norm: Tensor } {
  checkLimit("clipByGlobalNorm", "norm", max);
  const squares = treeLeaves(gradients).map((gradient) => sum(square(gradient as Tensor))); // A tree of gradients, says the type.
  const norm = sqrt(squares.length === 0 ? 0 : squares.reduce(add));
  const scale = minimum(1, div(max, add(norm, 1e-6)));
  return { gradients: treeMap<Gradients>((gradient: Tensor) => mul(gradient, scale), gradients), norm };
}

/**
 * Moves every element of a tree of gradients into [−max, max].
 * @throws TapegradError unless max > 0, if it is a number.
 */
export function clipByValue<Gradients>(gradients: Gradients, max: TensorLike): Gradients {
  checkLimit("clipByValue", "limit", max);
  const low = typeof max === "number" ? -max : neg(max);
  return treeMap<Gradients>((gradient: Tensor) => maximum(low, minimum(gradient, max)), gradients);
}

function checkLimit(op: string, what: string, max: TensorLike): void {
  if (typeof max === "number" && !(max > 0))
    throw new TapegradError(op, `not a ${what}: ${max}`, "use a number above 0");
}
