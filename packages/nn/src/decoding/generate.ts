/** Writing on: each token that a model chooses is what it reads next. */
import { scan } from "@tapegrad/autodiff";
import { optionsOf, type Tensor } from "@tapegrad/core";
import { add, cast, equal, full, logicalNot, logicalOr, transpose, where } from "@tapegrad/ops";
import { type SampleOptions, sample, sampleOptions } from "../sample.ts";
import { checkLength, checkLogits, checkTokens, type DecodingStep } from "./step.ts";

/** How a token is chosen, as in `sample`; temperature 0 is greedy. */
export interface GenerateOptions extends SampleOptions {
  /** The number of steps. */
  readonly length: number;
  /** The token that ends a sequence; from there on it is repeated. None by default. */
  readonly end?: number;
}

const generateOptions = { length: true, end: true, ...sampleOptions } as const;

/**
 * Runs `step` from `start`, int32 [batch], and `initial`. Gives `tokens` int32 [batch, length] without `start`, `lengths`
 * int32 [batch] up to and with the end token, and the state after the last step.
 * @throws DTypeError, ShapeError when start or logits do not fit, and what `sample` throws.
 */
export function generate<State>(
  step: DecodingStep<State>,
  initial: State,
  start: Tensor,
  options: GenerateOptions,
): { tokens: Tensor; lengths: Tensor; state: State } {
  const { length, end, ...choice } = optionsOf("generate", options, generateOptions);
  checkTokens("generate", "the first tokens", start, ["batch"]);
  checkLength("generate", length);
  const [batch = 0] = start.shape;
  const carry = {
    token: start,
    ended: full([batch], 0, { dtype: "bool", like: start }),
    lengths: full([batch], 0, { dtype: "int32", like: start }),
    state: initial,
  };
  const [final, tokens] = scan(
    ({ token, ended, lengths, state }: typeof carry, _: null) => {
      const next = step(token, state);
      checkLogits("generate", next.logits, batch);
      const chosen = sample(next.logits, choice);
      const written = end === undefined ? chosen : where(ended, end, chosen);
      const after = {
        token: written,
        ended: end === undefined ? ended : logicalOr(ended, equal(written, end)),
        lengths: add(lengths, cast(logicalNot(ended), "int32")),
        state: next.state,
      };
      return [after, written];
    },
    carry,
    null,
    { length },
  );
  return { tokens: transpose(tokens, [1, 0]), lengths: final.lengths, state: final.state };
}
