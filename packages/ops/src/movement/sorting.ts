/** Sorting along an axis: positions in order, and the values at them. */
import { apply, formatShape, normalizeAxis, type OpDefinition, ShapeError, type Tensor } from "@tapegrad/core";
import { checkCount, optionsOf } from "@tapegrad/core/internal";
import { asTensor, type TensorLike } from "../operands.ts";
import type { AxisOptions } from "../reductions/reductions.ts";
import { axisOption } from "../reductions/sum-and-broadcast.ts";
import { gather } from "./by-element.ts";
import { slice } from "./movement.ts";

export const argsortOp: OpDefinition<{ readonly axis: number; readonly descending: boolean }, 1> = {
  name: "argsort",
  type: ([{ shape }]) => ({ shape, dtype: "int32" }),
  derivative: { kind: "none" },
  batching: { kind: "trailing" },
  tolerance: 0,
};

/** Options of `sort` and `argsort`. */
export interface SortOptions extends AxisOptions {
  readonly descending?: boolean | undefined;
}

const sortOptions = { axis: true, descending: true } as const;

/**
 * The indices that sort `x` along `axis` (the last by default). Stable: equals keep their order. NaN sorts as largest.
 * @pytorch torch.argsort
 * @example
 * import { argsort, tensor } from "tapegrad";
 * console.log(argsort(tensor([30, 10, 20]))); // → Tensor(int32 [3]) [1, 2, 0]
 */
export function argsort(x: TensorLike, options: SortOptions = {}): Tensor {
  const { axis = -1, descending = false } = optionsOf("argsort", options, sortOptions);
  const value = asTensor(x);
  return apply(argsortOp, [value], { axis: normalizeAxis("argsort", axis, value.shape) - value.rank, descending });
}

/**
 * `x` sorted along `axis` (the last by default), in ascending order unless `descending`. The gradient of a value goes to its
 * place in `x`.
 * @pytorch torch.sort
 * @example
 * import { sort, tensor } from "tapegrad";
 * console.log(sort(tensor([30, 10, 20]), { descending: true })); // → Tensor(float32 [3]) [30, 20, 10]
 */
export function sort(x: TensorLike, options: SortOptions = {}): Tensor {
  const { axis = -1, descending = false } = optionsOf("sort", options, sortOptions);
  const value = asTensor(x);
  return gather(value, argsort(value, { axis, descending }), { axis });
}

/**
 * The `k` largest along `axis` (the last by default), largest first.
 * @throws ShapeError when there are fewer.
 * @pytorch torch.topk
 * @example
 * import { tensor, topK } from "tapegrad";
 * const { values, indices } = topK(tensor([0.1, 0.6, 0.3]), 2);
 * console.log(values, indices); // → Tensor(float32 [2]) [0.6, 0.3] Tensor(int32 [2]) [1, 2]
 */
export function topK(x: TensorLike, k: number, options: AxisOptions = {}): { values: Tensor; indices: Tensor } {
  const { axis = -1 } = optionsOf("topK", options, axisOption);
  const value = asTensor(x);
  const at = normalizeAxis("topK", axis, value.shape);
  const length = value.shape[at] ?? 0;
  if (checkCount("topK", "k", k) > length) {
    throw new ShapeError(
      "topK",
      `no ${k} largest along axis ${at} of ${formatShape(value.shape)} (${k} > ${length})`,
      `use a k from 0 to ${length}`,
    );
  }
  const order = argsort(value, { axis, descending: true });
  const indices = slice(
    order,
    [],
    value.shape.map((size, i) => (i === at ? k : size)),
  );
  return { values: gather(value, indices, { axis }), indices };
}
