/** Drawing a token from logits. */
import { formatShape, optionsOf, ShapeError, TapegradError, type Tensor } from "@tapegrad/core";
import {
  add,
  arange,
  argmax,
  argsort,
  asTensor,
  cumsum,
  div,
  type Generator,
  gather,
  less,
  log,
  logicalAnd,
  neg,
  softmax,
  squeeze,
  sub,
  type TensorLike,
  where,
} from "@tapegrad/ops";

export interface SampleOptions {
  /** Where the chance comes from; needed unless `temperature` is 0. */
  readonly generator?: Generator;
  /** Divides the logits; 0 takes the most likely token, the first of several. 1 by default. A tensor must be above 0. */
  readonly temperature?: TensorLike;
  /** Only the k most likely tokens; all by default. */
  readonly topK?: number;
  /** Only the most likely tokens whose probabilities, after the temperature, add up to p, at least one; all by default. */
  readonly topP?: number;
}

export const sampleOptions = { temperature: true, generator: true, topK: true, topP: true } as const;

/**
 * Token indices, int32 [...], drawn from softmax(logits / temperature) over the last axis of logits [..., vocabulary], by the
 * Gumbel-max trick: the argmax of logits plus Gumbel noise is distributed as their softmax. With both topK and topP, a token
 * has to pass both.
 * @throws TapegradError for a negative temperature, topK < 1, topP outside (0, 1], or chance without a generator; ShapeError
 * for a scalar or no vocabulary.
 */
export function sample(logits: TensorLike, options: SampleOptions = {}): Tensor {
  const { generator, temperature = 1, topK, topP } = optionsOf("sample", options, sampleOptions);
  if (typeof temperature === "number" && !(temperature >= 0))
    throw new TapegradError("sample", `not a temperature: ${temperature}`, "use a number from 0");
  if (topK !== undefined && !(Number.isInteger(topK) && topK >= 1))
    throw new TapegradError("sample", `not a topK: ${topK}`, "use an integer from 1");
  if (topP !== undefined && !(topP > 0 && topP <= 1))
    throw new TapegradError("sample", `not a topP: ${topP}`, "use 0 < p ≤ 1");
  const scores = asTensor(logits);
  const vocabulary = scores.shape.at(-1) ?? 0;
  if (vocabulary === 0)
    throw new ShapeError(
      "sample",
      `there is nothing to choose from: ${formatShape(scores.shape)}`,
      "give it logits [..., vocabulary]",
    );
  if (temperature === 0) return argmax(scores, { axis: -1 });
  if (generator === undefined)
    throw new TapegradError("sample", "there is no generator", "pass one, or temperature 0 for the most likely token");
  const order = argsort(scores, { descending: true });
  const sorted = div(gather(scores, order), temperature);
  const probabilities = softmax(sorted);
  const likelier = sub(cumsum(probabilities), probabilities);
  const rank = arange(0, vocabulary, 1, { like: scores });
  const allowed = logicalAnd(less(rank, Math.min(topK ?? vocabulary, vocabulary)), less(likelier, topP ?? Infinity));
  const gumbel = neg(log(neg(log(sub(1, generator.uniform(scores.shape))))));
  const choice = argmax(where(allowed, add(sorted, gumbel), -Infinity), { axis: -1, keepDims: true });
  return squeeze(gather(order, choice), { axis: -1 });
}
