/** Losses, with PyTorch's definitions and defaults. */
import {
  broadcastShapes,
  DTypeError,
  defaultDType,
  formatShape,
  isFloat,
  ShapeError,
  sameShape,
  type Tensor,
  UnsupportedError,
} from "@tapegrad/core";
import { checkRange, describeValue, optionsOf } from "@tapegrad/core/internal";
import {
  add,
  cast,
  div,
  exp,
  expandDims,
  gather,
  log,
  max,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  notEqual,
  softplus,
  square,
  squeeze,
  stopGradient,
  sub,
  sum,
  type TensorLike,
  where,
} from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";

/** What a loss gives: the mean or the sum over its elements, or all of them ("none"). */
export type Reduction = "mean" | "sum" | "none";

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions {
  /** Targets of this value count for nothing, neither in the sum nor in the mean's denominator; −100 by default. */
  readonly ignoreIndex?: number | undefined;
  /** Weight of the uniform distribution in the target; 0 by default. */
  readonly labelSmoothing?: number | undefined;
  readonly reduction?: Reduction | undefined;
}

const crossEntropyOptions = { reduction: true, ignoreIndex: true, labelSmoothing: true } as const;

/**
 * −log softmax(logits)[target], in nats. logits [..., classes], targets int32 [...]; the mean by default, over the targets
 * that count (NaN if none does). A target that is neither a class nor `ignoreIndex` has the loss NaN, and so have the sum
 * and the mean: data cannot be looked at while a step is recorded, so this is not an error.
 * @throws ShapeError when targets are not the logits' leading axes, DTypeError when they are not int32.
 * @pytorch torch.nn.functional.cross_entropy
 * @example
 * import { crossEntropy, tensor } from "tapegrad";
 * const logits = tensor([[2, 0, 0], [0, 0, 0]]); // [batch, classes]
 * const targets = tensor([0, -1], { dtype: "int32" });
 * console.log(crossEntropy(logits, targets, { ignoreIndex: -1 })); // → Tensor(float32 []) 0.239545
 */
export function crossEntropy(logits: TensorLike, targets: TensorLike, options: CrossEntropyOptions = {}): Tensor {
  const {
    ignoreIndex = -100,
    labelSmoothing = 0,
    reduction = "mean",
  } = optionsOf("crossEntropy", options, crossEntropyOptions);
  const op = "crossEntropy";
  const [given, labels] = [tensorOf(op, "logits", logits), tensorOf(op, "targets", targets, "int32")];
  const scores = isFloat(given.dtype) ? given : cast(given, defaultDType());
  checkRange(op, "weight of labelSmoothing", labelSmoothing, (weight) => weight >= 0 && weight <= 1, "0 ≤ x ≤ 1");
  checkRange(op, "ignoreIndex", ignoreIndex, (index) => index === (index | 0), "an int32");
  checkReduction(op, reduction);
  if (labels.dtype !== "int32")
    throw new DTypeError(op, `the targets are ${labels.dtype}, not int32`, 'make them with { dtype: "int32" } or cast');
  if (!sameShape(scores.shape.slice(0, -1), labels.shape) || scores.rank === 0) {
    throw new ShapeError(
      "crossEntropy",
      `targets do not match: logits ${formatShape(scores.shape)}, targets ${formatShape(labels.shape)}`,
      "give logits [..., classes] and targets [...]",
    );
  }
  // log Σ eˣ − x[target], the largest taken off first; log softmax of the other classes is never written down.
  const largest = stopGradient(max(scores, { axis: -1, keepDims: true }));
  const shifted = sub(scores, largest);
  const chosen = squeeze(sub(gather(scores, expandDims(labels, { axis: -1 })), largest), { axis: -1 });
  // The smoothed target is a mixture with the uniform distribution, and the loss is linear in it.
  const expected =
    labelSmoothing === 0
      ? chosen
      : add(mul(1 - labelSmoothing, chosen), mul(labelSmoothing, mean(shifted, { axis: -1 })));
  const counted = notEqual(labels, ignoreIndex);
  const losses = where(counted, sub(log(sum(exp(shifted), { axis: -1 })), expected), 0);
  if (reduction !== "mean") return reduceLoss(losses, reduction);
  return div(sum(losses), sum(cast(counted, losses.dtype)));
}

/** Options that losses share. */
export interface LossOptions {
  readonly reduction?: Reduction | undefined;
}

const lossOptions = { reduction: true } as const;

/**
 * (prediction − target)², of any one shape; the mean by default.
 * @throws ShapeError when the shapes differ: broadcast, [batch, 1] and [batch] would silently give batch² losses.
 * @pytorch torch.nn.functional.mse_loss
 * @example
 * import { mseLoss, tensor } from "tapegrad";
 * console.log(mseLoss(tensor([1, 2]), tensor([1, 5]))); // → Tensor(float32 []) 4.5
 */
export function mseLoss(prediction: TensorLike, target: TensorLike, options: LossOptions = {}): Tensor {
  const { reduction = "mean" } = optionsOf("mseLoss", options, lossOptions);
  checkReduction("mseLoss", reduction);
  return reduceLoss(square(difference("mseLoss", prediction, target)), reduction);
}

/** Options of `huberLoss`. */
export interface HuberOptions extends LossOptions {
  /** Where the loss turns from a parabola into a line; 1 by default. */
  readonly delta?: number | undefined;
}

const huberOptions = { delta: true, ...lossOptions } as const;

/**
 * With d = prediction − target: d²/2 for |d| ≤ δ, else δ·(|d| − δ/2) (Huber, 1964); the mean by default.
 * @throws ShapeError when the shapes differ, TapegradError unless δ > 0.
 * @pytorch torch.nn.functional.huber_loss
 * @example
 * import { huberLoss, tensor, zeros } from "tapegrad";
 * console.log(huberLoss(tensor([0, 10]), zeros([2]), { reduction: "none" })); // → Tensor(float32 [2]) [  0, 9.5]
 */
export function huberLoss(prediction: TensorLike, target: TensorLike, options: HuberOptions = {}): Tensor {
  const { delta = 1, reduction = "mean" } = optionsOf("huberLoss", options, huberOptions);
  checkRange("huberLoss", "delta", delta, (x) => x > 0, "a number above 0");
  checkReduction("huberLoss", reduction);
  const d = difference("huberLoss", prediction, target);
  // Clamped to c, c·(d − c/2) is both pieces, and its second derivative is 1 at d = 0 as well.
  const clamped = maximum(-delta, minimum(d, delta));
  return reduceLoss(mul(clamped, sub(d, div(clamped, 2))), reduction);
}

/** Options of `binaryCrossEntropyWithLogits`. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Multiplies each loss; of a shape that broadcasts to the logits'. */
  readonly weight?: TensorLike | undefined;
  /** Multiplies the losses of positive targets, as if there were so many times more of them. */
  readonly posWeight?: TensorLike | undefined;
}

const binaryCrossEntropyOptions = { weight: true, posWeight: true, ...lossOptions } as const;

/**
 * −y·log σ(x) − (1 − y)·log(1 − σ(x)) for logits x and targets y in [0, 1], which may be bool, of the same shape; written as
 * (1 − y)·x + softplus(−x), which is exact for logits of any size. The mean by default, over all elements whatever their weight.
 * @throws ShapeError when the shapes differ, or a weight does not broadcast to them.
 * @pytorch torch.nn.functional.binary_cross_entropy_with_logits
 * @example
 * import { binaryCrossEntropyWithLogits, tensor } from "tapegrad";
 * console.log(binaryCrossEntropyWithLogits(tensor([0, 1000]), tensor([1, 1]), { reduction: "none" }));
 * // → Tensor(float32 [2]) [0.693147,        0]
 */
export function binaryCrossEntropyWithLogits(
  logits: TensorLike,
  targets: TensorLike,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  const op = "binaryCrossEntropyWithLogits";
  const { weight, posWeight, reduction = "mean" } = optionsOf(op, options, binaryCrossEntropyOptions);
  checkReduction(op, reduction);
  const x = tensorOf(op, "logits", logits);
  const y = cast(tensorOf(op, "targets", targets), isFloat(x.dtype) ? x.dtype : defaultDType());
  checkSameShape(op, ["logits", x], ["targets", y]);
  for (const [name, factor] of Object.entries({ weight, posWeight })) {
    if (typeof factor === "number") checkRange(op, name, factor, Number.isFinite, "a finite number");
    else if (factor !== undefined) checkBroadcast(op, name, tensorOf(op, name, factor), x);
  }
  const positive = softplus(neg(x));
  const scaled = posWeight === undefined ? positive : mul(add(1, mul(sub(posWeight, 1), y)), positive);
  const losses = add(mul(sub(1, y), x), scaled);
  return reduceLoss(weight === undefined ? losses : mul(weight, losses), reduction);
}

function difference(op: string, prediction: TensorLike, target: TensorLike): Tensor {
  const [found, aim] = [tensorOf(op, "prediction", prediction), tensorOf(op, "target", target)];
  checkSameShape(op, ["prediction", found], ["target", aim]);
  return sub(found, aim);
}

function checkSameShape(op: string, [name, a]: [string, Tensor], [otherName, b]: [string, Tensor]): void {
  if (sameShape(a.shape, b.shape)) return;
  const axis = a.shape.findIndex((size, i) => size !== b.shape[i]);
  const why = a.rank === b.rank ? `axis ${axis}: ${a.shape[axis]} ≠ ${b.shape[axis]}` : `rank ${a.rank} ≠ ${b.rank}`;
  throw new ShapeError(
    op,
    `shapes differ: ${name} ${formatShape(a.shape)}, ${otherName} ${formatShape(b.shape)} (${why})`,
    "reshape or broadcastTo one of them first",
  );
}

function checkBroadcast(op: string, name: string, factor: Tensor, { shape }: Tensor): void {
  if (sameShape(broadcastShapes(op, [factor.shape, shape]), shape)) return;
  throw new ShapeError(
    op,
    `${name} is larger than the logits: ${formatShape(factor.shape)} over ${formatShape(shape)}`,
    "give it a shape that broadcasts to the logits'",
  );
}

const reducers: Readonly<Record<Reduction, (x: Tensor) => Tensor>> = { mean, sum, none: (x) => x };

function checkReduction(op: string, reduction: Reduction): void {
  if (typeof reduction === "string" && Object.hasOwn(reducers, reduction)) return;
  throw new UnsupportedError(op, `unknown reduction ${describeValue(reduction)}`, "use mean, sum or none");
}

function reduceLoss(losses: Tensor, reduction: Reduction): Tensor {
  return reducers[reduction](losses);
}
