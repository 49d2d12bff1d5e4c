/** Generates text: the model reads each token that it has chosen. */
import { scan } from "@tapegrad/autodiff";
import type { Tensor } from "@tapegrad/core";
import { checkCount, optionsOf } from "@tapegrad/core/internal";
import { add, cast, equal, full, logicalNot, logicalOr, transpose, where } from "@tapegrad/ops";
import { type SampleOptions, sampleFor, sampleOptions } from "./sample.ts";
import { checkedInitial, checkedStep, checkToken, checkTokens, type Decoder } from "./step.ts";

/** How a token is chosen, as in `sample`; temperature 0 is greedy. */
export interface GenerateOptions extends SampleOptions {
  /** The number of steps. */
  readonly length: number;
  /** The token that ends a sequence; from there on it is repeated. None by default. */
  readonly end?: number | undefined;
}

const generateOptions = { length: true, end: true, ...sampleOptions } as const;

/**
 * Runs `decoder`, a step or a module whose `forward` is one, from the tokens `first`, int32 [batch], and the state `initial`.
 * Gives `tokens` int32 [batch, length] without the first, `lengths` int32 [batch] up to and with the end token, and the state
 * after the last step.
 * @throws DTypeError, ShapeError when tokens or logits do not fit, and what `sample` throws.
 * @example
 * import { generate, oneHot, type Tensor, tensor } from "tapegrad";
 * const count = (tokens: Tensor, state: Record<string, never>) => ({ logits: oneHot(tokens.add(1), 5), state });
 * const first = tensor([0], { dtype: "int32" });
 * const { tokens, lengths } = generate(count, {}, first, { length: 6, end: 4, temperature: 0 });
 * console.log(tokens, lengths); // → Tensor(int32 [1,6]) [[1, 2, 3, 4, 4, 4]] Tensor(int32 [1]) [4]
 */
export function generate<State>(
  decoder: Decoder<State>,
  initial: State,
  first: Tensor,
  options: GenerateOptions,
): { tokens: Tensor; lengths: Tensor; state: State } {
  const op = "generate";
  const { length, end, ...choice } = optionsOf(op, options, generateOptions);
  const step = checkedStep(op, decoder);
  const start = checkTokens(op, "first tokens", first, ["batch"]);
  checkCount(op, "length", length, 1);
  if (end !== undefined) checkToken(op, "end", end);
  const [batch = 0] = start.shape;
  const carry = {
    token: start,
    ended: full([batch], 0, { dtype: "bool", like: start }),
    lengths: full([batch], 0, { dtype: "int32", like: start }),
    state: checkedInitial(op, initial),
  };
  const [final, tokens] = scan(
    ({ token, ended, lengths, state }: typeof carry, _: null) => {
      const next = step(token, state);
      if (end !== undefined) checkToken(op, "end", end, next.logits.shape[1]);
      const chosen = sampleFor(op, next.logits, choice);
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
