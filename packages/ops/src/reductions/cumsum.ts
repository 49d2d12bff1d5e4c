/** Running sums along an axis. */
import { apply, normalizeAxis, type OpDefinition, promote, type Tensor } from "@tapegrad/core";
import { optionsOf } from "@tapegrad/core/internal";
import { asTensor, cast, type TensorLike } from "../operands.ts";
import type { AxisOptions } from "./reductions.ts";

export const cumsumOp: OpDefinition<{ readonly axis: number; readonly reverse: boolean }, 1> = {
  name: "cumsum",
  type: ([{ shape, dtype }]) => ({ shape, dtype }),
  derivative: {
    kind: "linear",
    inputs: "all",
    saves: [],
    transpose: (g, { attributes: { axis, reverse } }) => apply(cumsumOp, [g], { axis, reverse: !reverse }),
  },
  batching: { kind: "trailing" },
  // One rounding per element of the axis.
  tolerance: 8,
};

/**
 * Running sum along `axis` (the last by default), each element included in its own sum; from the end with `reverse`.
 * @pytorch torch.cumsum
 * @example
 * import { cumsum, tensor } from "tapegrad";
 * console.log(cumsum(tensor([1, 2, 3]))); // → Tensor(float32 [3]) [1, 3, 6]
 * console.log(cumsum(tensor([1, 2, 3]), { reverse: true })); // → Tensor(float32 [3]) [6, 5, 3]
 */
export function cumsum(x: TensorLike, options: AxisOptions & { readonly reverse?: boolean | undefined } = {}): Tensor {
  const { axis = -1, reverse = false } = optionsOf("cumsum", options, { axis: true, reverse: true });
  const value = asTensor(x);
  const numeric = cast(value, promote(value.dtype, "int32"));
  return apply(cumsumOp, [numeric], { axis: normalizeAxis("cumsum", axis, value.shape) - value.rank, reverse });
}
