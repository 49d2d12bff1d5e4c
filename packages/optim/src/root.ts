/** The square root of an average of squares, by which steps are divided. */
import type { Tensor } from "@tapegrad/core";
import { formatOf } from "@tapegrad/core/internal";
import { maximum, sqrt } from "@tapegrad/ops";

/** √max(x, m) with m the smallest normal number. Beside ε, √m is negligible; the derivative at x = 0 is 0 instead of ∞ · 0 = NaN. */
export function root(x: Tensor): Tensor {
  return sqrt(maximum(x, 2 ** formatOf(x.dtype).leastExponent));
}
