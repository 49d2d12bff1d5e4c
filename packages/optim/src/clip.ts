/** Gradient clipping (Pascanu, Mikolov and Bengio, 2013): the remedy for exploding gradients. */
import { TapegradError, type Tensor, treeLeaves, treeMap } from "@tapegrad/core";
import { add, div, minimum, mul, sqrt, square, sum } from "@tapegrad/ops";

/**
 * Scales a tree of gradients so that its norm over all elements is at most `max`; `norm` is what it was. The scale is
 * max / (norm + 1e-6) as in PyTorch, and never more than 1.
 * @throws TapegradError unless max > 0.
 */
export function clipByGlobalNorm<Gradients>(gradients: Gradients, max: number): { gradients: Gradients; norm: Tensor } {
  if (!(max > 0)) throw new TapegradError("clipByGlobalNorm", `not a norm: ${max}`, "use a number above 0");
  const squares = treeLeaves(gradients).map((gradient) => sum(square(gradient as Tensor))); // A tree of gradients, says the type.;
  const norm = sqrt(squares.length === 0 ? 0 : squares.reduce(add));
  const scale = minimum(1, div(max, add(norm, 1e-6)));
  return { gradients: treeMap<Gradients>((gradient: Tensor) => mul(gradient, scale), gradients), norm };
}
