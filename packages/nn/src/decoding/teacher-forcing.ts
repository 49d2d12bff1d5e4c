/** Trains a decoder on the target tokens (teacher forcing), or, increasingly often, on its own tokens (scheduled sampling). */
import { scan } from "@tapegrad/autodiff";
import { TapegradError, type Tensor } from "@tapegrad/core";
import { checkRange, optionsOf } from "@tapegrad/core/internal";
import { concat, full, type Generator, less, slice, type TensorLike, transpose, where } from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";
import { checkGenerator } from "../initialization/initialization.ts";
import { checkSpread, sampleFor } from "./sample.ts";
import { checkedInitial, checkedStep, checkToken, checkTokens, type Decoder } from "./step.ts";

/** Options of `teacherForcing`. */
export interface TeacherForcingOptions {
  /** The token that the first step reads. */
  readonly start: number;
  /**
   * Probability that a step reads a token drawn from its own last logits instead of the target (scheduled sampling: Bengio,
   * Vinyals, Jaitly and Shazeer, 2015). 0 by default, which needs no generator; an argument of a compiled step may change it.
   */
  readonly samplingProbability?: TensorLike | undefined;
  readonly generator?: Generator | undefined;
  /** Of those draws, as in `sample`; 0 takes the most likely token. 1 by default. */
  readonly temperature?: TensorLike | undefined;
}

const teacherForcingOptions = {
  start: true,
  samplingProbability: true,
  generator: checkGenerator,
  temperature: true,
} as const;

/**
 * Runs `decoder`, a step or a module whose `forward` is one, over targets int32 [batch, time], each read one step after it was
 * to be predicted: logits [batch, time, vocabulary], to be compared with `targets`, and the state after the last step. Targets
 * below 0, which the loss ignores, are read as `start`. No gradient passes through a choice.
 * @throws DTypeError, ShapeError when targets or logits do not fit, TapegradError for chance without a generator and a
 * number that is no probability.
 * @example
 * import { oneHot, teacherForcing, type Tensor, tensor } from "tapegrad";
 * const count = (tokens: Tensor, state: Record<string, never>) => ({ logits: oneHot(tokens.add(1), 5), state });
 * const targets = tensor([[1, 2, 3]], { dtype: "int32" }); // [batch, time]; the first step reads `start`
 * const { logits } = teacherForcing(count, {}, targets, { start: 0 });
 * console.log(logits.shape, logits.argmax({ axis: -1 })); // → [ 1, 3, 5 ] Tensor(int32 [1,3]) [[1, 2, 3]]
 */
export function teacherForcing<State>(
  decoder: Decoder<State>,
  state: State,
  given: Tensor,
  options: TeacherForcingOptions,
): { logits: Tensor; state: State } {
  const op = "teacherForcing";
  const { start, samplingProbability = 0, generator, temperature = 1 } = optionsOf(op, options, teacherForcingOptions);
  const step = checkedStep(op, decoder);
  const targets = checkTokens(op, "targets", given, ["batch", "time"]);
  const initial = checkedInitial(op, state);
  checkToken(op, "start", start);
  if (typeof samplingProbability === "number")
    checkRange(op, "probability", samplingProbability, (p) => p >= 0 && p <= 1, "0 ≤ p ≤ 1");
  const [batch = 0, time = 0] = targets.shape;
  checkSpread(op, "samplingProbability", tensorOf(op, "samplingProbability", samplingProbability), [time, batch]);
  const first = full([batch], start, { dtype: "int32", like: targets });
  const before = slice(targets, [0, 0], [batch, Math.max(0, time - 1)]);
  const shown = where(less(before, 0), start, before);
  const column = full([batch, Math.min(1, time)], start, { dtype: "int32", like: targets });
  const teacher = transpose(concat([column, shown], { axis: 1 }), [1, 0]);

  if (samplingProbability === 0) {
    const [state, logits] = scan(
      (carry: State, token: Tensor) => {
        const next = step(token, carry);
        return [next.state, next.logits];
      },
      initial,
      teacher,
    );
    return { logits: transpose(logits, [1, 0, 2]), state };
  }
  if (generator === undefined)
    throw new TapegradError(op, "there is no generator", "pass one, or leave samplingProbability out");
  const coins = less(generator.uniform([time, batch]), samplingProbability);
  const [final, logits] = scan(
    ({ own, state }: { own: Tensor; state: State }, { coin, token }: { coin: Tensor; token: Tensor }) => {
      const next = step(where(coin, own, token), state);
      return [{ own: sampleFor(op, next.logits, { generator, temperature }), state: next.state }, next.logits];
    },
    { own: first, state: initial },
    { coin: coins, token: teacher },
  );
  return { logits: transpose(logits, [1, 0, 2]), state: final.state };
}
