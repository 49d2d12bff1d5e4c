/** Indices as rows of an identity matrix. */
import type { DType, Tensor } from "@tapegrad/core";
import { defaultDType } from "@tapegrad/core";
import { checkCount, optionsOf } from "@tapegrad/core/internal";
import { positions } from "../creation/constant.ts";
import { equal } from "../elementwise/select.ts";
import { cast, type TensorLike, tensorOf } from "../operands.ts";
import { expandDims } from "../reductions/sum-and-broadcast.ts";

/**
 * 1 at `indices`, 0 elsewhere, along a new last axis of length `depth`; an index out of range gives zeros.
 * @pytorch torch.nn.functional.one_hot
 * @example
 * import { oneHot, tensor } from "tapegrad";
 * console.log(oneHot(tensor([2, 0], { dtype: "int32" }), 3));
 * // → Tensor(float32 [2,3])
 * // → [[0, 0, 1],
 * // →  [1, 0, 0]]
 */
export function oneHot(
  indices: TensorLike,
  depth: number,
  options: { readonly dtype?: DType | undefined } = {},
): Tensor {
  const { dtype = defaultDType() } = optionsOf("oneHot", options, { dtype: true });
  checkCount("oneHot", "depth", depth);
  const at = tensorOf("oneHot", "indices", indices, "int32");
  return cast(equal(expandDims(at, { axis: -1 }), positions(depth, at)), dtype);
}
