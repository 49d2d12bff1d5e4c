/** The root of an average of squares, which steps are divided by. */
import type { Tensor } from "@tapegrad/core";
import { maximum, sqrt } from "@tapegrad/ops";

/** √x, of the smallest normal number at least: beside ε that is nothing, and the derivative at 0 is 0 instead of ∞ · 0. */
export function root(x: Tensor): Tensor {
  return sqrt(maximum(x, x.dtype === "float64" ? 2 ** -1022 : 2 ** -126));
}
