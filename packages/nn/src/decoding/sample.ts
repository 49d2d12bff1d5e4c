/** Draws a token from logits. */
import {
  broadcastShapes,
  defaultDType,
  formatShape,
  isFloat,
  type Shape,
  ShapeError,
  sameShape,
  TapegradError,
  type Tensor,
} from "@tapegrad/core";
import { checkRange, computedIn, countFrom, optionsOf } from "@tapegrad/core/internal";
import {
  add,
  arange,
  argmax,
  argsort,
  cast,
  cumsum,
  div,
  equal,
  type Generator,
  gather,
  less,
  logicalAnd,
  max,
  softmax,
  squeeze,
  sub,
  type TensorLike,
  where,
} from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";
import { checkGenerator } from "../initialization/initialization.ts";
import { gumbelNoise } from "./gumbel.ts";

/** Options of `sample`. */
export interface SampleOptions {
  /** Where the chance comes from; needed unless `temperature` is 0. */
  readonly generator?: Generator | undefined;
  /** Divides the logits; 0 takes the most likely token, the first of several. 1 by default. A tensor must be above 0. */
  readonly temperature?: TensorLike | undefined;
  /** Only the k most likely tokens; all by default. */
  readonly topK?: number | undefined;
  /** Only the most likely tokens whose probabilities, after the temperature, add up to p, at least one; all by default. */
  readonly topP?: number | undefined;
}

export const sampleOptions = { temperature: true, generator: checkGenerator, topK: countFrom(1), topP: true } as const;

/**
 * Token indices, int32 [...], drawn from softmax(logits / temperature) over the last axis of logits [..., vocabulary], by the
 * Gumbel-max trick: the argmax of logits plus Gumbel noise is distributed as their softmax. A logit of −∞ is never drawn
 * beside others. With both topK and topP, a token has to pass both; either sorts the vocabulary.
 * @throws TapegradError for a negative temperature, topK < 1, topP outside (0, 1], or chance without a generator; ShapeError
 * for a scalar or no vocabulary.
 * @pytorch torch.distributions.Categorical
 * @example
 * import { Generator, sample, tensor } from "tapegrad";
 * const logits = tensor([[0, 5, 1], [9, 0, 0]]);
 * console.log(sample(logits, { temperature: 0 })); // the most likely
 * // → Tensor(int32 [2]) [1, 0]
 * console.log(sample(logits, { temperature: 0.8, topK: 2, generator: new Generator(1) }).shape); // → [ 2 ]
 */
export function sample(logits: TensorLike, options: SampleOptions = {}): Tensor {
  return sampleFor("sample", logits, options);
}

/** `sample` in the name of another function. */
export function sampleFor(op: string, logits: TensorLike, options: SampleOptions): Tensor {
  const { generator, temperature = 1, topK, topP } = optionsOf(op, options, sampleOptions);
  if (typeof temperature === "number")
    checkRange(op, "temperature", temperature, (t) => t >= 0 && t < Infinity, "a number from 0");
  if (topP !== undefined) checkRange(op, "topP", topP, (p) => p > 0 && p <= 1, "0 < p ≤ 1");
  const given = tensorOf(op, "logits", logits);
  checkSpread(op, "temperature", tensorOf(op, "temperature", temperature), given.shape);
  const vocabulary = given.shape.at(-1) ?? 0;
  if (vocabulary === 0)
    throw new ShapeError(
      op,
      `there is nothing to choose from: ${formatShape(given.shape)}`,
      "give it logits [..., vocabulary]",
    );
  if (temperature === 0) return argmax(given, { axis: -1 });
  if (generator === undefined)
    throw new TapegradError(op, "there is no generator", "pass one, or temperature 0 for the most likely token");
  const dtype = computedIn(isFloat(given.dtype) ? given.dtype : defaultDType());
  const scores = tempered(cast(given, dtype), temperature);
  const noise = gumbelNoise(generator, given.shape, dtype);
  const kept = Math.min(topK ?? vocabulary, vocabulary);
  if (kept === vocabulary && (topP ?? 1) === 1) return argmax(add(scores, noise), { axis: -1 });
  const order = argsort(scores, { descending: true });
  const sorted = gather(scores, order);
  const inTopK = less(arange(0, vocabulary, 1, { like: scores }), kept);
  const allowed = topP === undefined ? inTopK : logicalAnd(inTopK, likelyFirst(sorted, topP));
  const choice = argmax(where(allowed, add(sorted, noise), -Infinity), { axis: -1, keepDims: true });
  return squeeze(gather(order, choice), { axis: -1 });
}

/** @throws ShapeError unless `value`, which is called `what`, broadcasts to `shape`. */
export function checkSpread(op: string, what: string, value: Tensor, shape: Shape): void {
  if (sameShape(broadcastShapes(op, [value.shape, shape]), shape)) return;
  const problem = `the ${what} does not broadcast: ${formatShape(value.shape)} to ${formatShape(shape)}`;
  throw new ShapeError(op, problem, "give one number, or one for each row");
}

/** (scores − their largest) / temperature, which no temperature takes beyond the range of the dtype. */
function tempered(scores: Tensor, temperature: TensorLike): Tensor {
  const largest = max(scores, { axis: -1, keepDims: true });
  return div(where(equal(scores, largest), 0, sub(scores, largest)), temperature);
}

/** Of scores in descending order, those before which probabilities add up to less than `topP`. */
function likelyFirst(sorted: Tensor, topP: number): Tensor {
  const probabilities = softmax(sorted);
  return less(sub(cumsum(probabilities), probabilities), topP === 1 ? Infinity : topP); // Sums may round to more than 1.
}
