/** Losses, with PyTorch's definitions and defaults. */
import { formatShape, ShapeError, sameShape, type Tensor, UnsupportedError } from "@tapegrad/core";
import {
  add,
  asTensor,
  cast,
  div,
  expandDims,
  gather,
  logSoftmax,
  mean,
  mul,
  notEqual,
  square,
  squeeze,
  sub,
  sum,
  type TensorLike,
  where,
} from "@tapegrad/ops";

export type Reduction = "mean" | "sum" | "none";

export interface CrossEntropyOptions {
  /** Targets of this value count for nothing, neither in the sum nor in the mean's denominator; −100 by default. */
  readonly ignoreIndex?: number;
  /** Weight of the uniform distribution in the target; 0 by default. */
  readonly labelSmoothing?: number;
  readonly reduction?: Reduction;
}

/**
 * −log softmax(logits)[target], in nats. logits [..., classes], targets int32 [...]; the mean by default.
 * @throws ShapeError when targets are not the logits' leading axes.
 */
export function crossEntropy(logits: TensorLike, targets: TensorLike, options: CrossEntropyOptions = {}): Tensor {
  const { ignoreIndex = -100, labelSmoothing = 0, reduction = "mean" } = options;
  const [scores, labels] = [asTensor(logits), asTensor(targets)];
  if (!sameShape(scores.shape.slice(0, -1), labels.shape) || scores.rank === 0) {
    throw new ShapeError(
      "crossEntropy",
      `targets do not match: logits ${formatShape(scores.shape)}, targets ${formatShape(labels.shape)}`,
      "give logits [..., classes] and targets [...]",
    );
  }
  const logProbabilities = logSoftmax(scores);
  const chosen = squeeze(gather(logProbabilities, expandDims(labels, { axis: -1 })), { axis: -1 });
  // The smoothed target is a mixture with the uniform distribution, and the loss is linear in it.
  const expected =
    labelSmoothing === 0
      ? chosen
      : add(mul(1 - labelSmoothing, chosen), mul(labelSmoothing, mean(logProbabilities, { axis: -1 })));
  const counted = notEqual(labels, ignoreIndex);
  const losses = where(counted, sub(0, expected), 0);
  if (reduction !== "mean") return reduceLoss(losses, reduction);
  return div(sum(losses), sum(cast(counted, losses.dtype)));
}

export interface LossOptions {
  readonly reduction?: Reduction;
}

/** (prediction − target)². */
export function mseLoss(prediction: TensorLike, target: TensorLike, { reduction = "mean" }: LossOptions = {}): Tensor {
  return reduceLoss(square(sub(prediction, target)), reduction);
}

function reduceLoss(losses: Tensor, reduction: Reduction): Tensor {
  const reducers: Record<Reduction, (x: Tensor) => Tensor> = { mean, sum, none: (x) => x };
  if (!Object.hasOwn(reducers, reduction))
    throw new UnsupportedError("loss", `unknown reduction ${reduction}`, "use mean, sum or none");
  return reducers[reduction](losses);
}
