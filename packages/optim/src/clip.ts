/** Gradient clipping (Pascanu, Mikolov and Bengio, 2013), the remedy for exploding gradients. */
import { DTypeError, type Tensor, treeMap } from "@tapegrad/core";
import { checkRange, isParameter } from "@tapegrad/core/internal";
import { add, div, maximum, minimum, mul, neg, safeSqrt, square, sum, type TensorLike } from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";
import { gradientsRemedy, scalarOf } from "./hyperparameter.ts";

/**
 * Scales a tree of gradients so that its norm over all elements is at most `max`; `norm` is what it was. The scale is
 * max / (norm + 1e-6) as in PyTorch, and never more than 1. A gradient that is not finite shows in the norm. Where all gradients
 * are 0, the derivative of the result is the identity, and that of the norm 0.
 * @throws TapegradError unless max > 0, if it is a number; DTypeError for Parameters: it takes their gradients.
 * @pytorch torch.nn.utils.clip_grad_norm_
 * @example
 * import { clipByGlobalNorm, tensor } from "tapegrad";
 * const { gradients, norm } = clipByGlobalNorm([tensor([3]), tensor([4])], 1);
 * console.log(norm, gradients.map(String));
 * // → Tensor(float32 []) 5 [ 'Tensor(float32 [1]) [0.6]', 'Tensor(float32 [1]) [0.8]' ]
 */
export function clipByGlobalNorm<Gradients>(
  gradients: Gradients,
  max: TensorLike,
): { gradients: Gradients; norm: Tensor } {
  const op = "clipByGlobalNorm";
  checkLimit(op, "norm", max);
  const given = gradientsOf(op, gradients);
  const squares: Tensor[] = [];
  treeMap((gradient: Tensor) => squares.push(sum(square(gradient))), given);
  const norm = safeSqrt(squares.length === 0 ? 0 : squares.reduce(add));
  const scale = minimum(1, div(max, add(norm, 1e-6)));
  return { gradients: treeMap<Gradients>((gradient: Tensor) => mul(gradient, scale), given), norm };
}

/**
 * Moves every element of a tree of gradients into [−max, max].
 * @throws TapegradError unless max > 0, if it is a number; DTypeError for Parameters: it takes their gradients.
 * @pytorch torch.nn.utils.clip_grad_value_
 * @example
 * import { clipByValue, tensor } from "tapegrad";
 * console.log(clipByValue([tensor([-3, 0.2, 7])], 1).map(String)); // → [ 'Tensor(float32 [3]) [ -1, 0.2,   1]' ]
 */
export function clipByValue<Gradients>(gradients: Gradients, max: TensorLike): Gradients {
  checkLimit("clipByValue", "limit", max);
  const low = typeof max === "number" ? -max : neg(max);
  const given = gradientsOf("clipByValue", gradients);
  return treeMap<Gradients>((gradient: Tensor) => maximum(low, minimum(gradient, max)), given);
}

/** The tree with tensors for all leaves. @throws DTypeError for a leaf that stands for none, and for a Parameter. */
function gradientsOf<Gradients>(op: string, gradients: Gradients): Gradients {
  let next = 0;
  return treeMap<Gradients>((gradient: TensorLike) => {
    const element = next++;
    if (isParameter(gradient))
      throw new DTypeError(op, `element ${element} is a Parameter, not its gradient`, gradientsRemedy);
    return tensorOf(op, "gradient", gradient);
  }, gradients);
}

function checkLimit(op: string, what: string, max: TensorLike): void {
  if (typeof max === "number") checkRange(op, what, max, (limit) => limit > 0, "a number above 0");
  else scalarOf(op, what, max);
}
