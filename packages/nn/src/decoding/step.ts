/** The interface that decoders share: a function from a token and a state to the logits of the next token. */
import { DTypeError, formatShape, ShapeError, TapegradError, Tensor, treeMap } from "@tapegrad/core";
import { checkCount, describeValue, isParameter, mirroredLeaves } from "@tapegrad/core/internal";
import { asTensor } from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";
import { type Callable, callableOf } from "../callable.ts";

/**
 * tokens int32 [batch], state any tree of tensors → logits [batch, vocabulary] of the tokens that follow, and the next state.
 * It runs inside `scan`: recorded once, whatever the number of steps.
 */
export type DecodingStep<State> = (tokens: Tensor, state: State) => { readonly logits: Tensor; readonly state: State };

/** A step, or a module whose `forward` is one. */
export type Decoder<State> = Callable<DecodingStep<State>>;

/** `decoder` as a function, whose results are checked. */
export function checkedStep<State>(op: string, decoder: Decoder<State>): DecodingStep<State> {
  const step = callableOf<[Tensor, State], ReturnType<DecodingStep<State>>>(op, "step", decoder);
  return (tokens, state) => {
    const result = step(tokens, state);
    const given: { readonly logits?: unknown; readonly state?: unknown } = Object(result);
    if (!(given.logits instanceof Tensor) || !("state" in given))
      throw new DTypeError(op, `the step returned ${describeValue(result)}`, "return { logits, state }");
    checkLogits(op, given.logits, tokens.shape[0] ?? 0);
    mirroredLeaves(op, "the state that the step returned", state, result.state);
    return result;
  };
}

/** A tree with tensors for all leaves. @throws DTypeError for a leaf that stands for none. */
export function checkedInitial<State>(op: string, state: State): State {
  return treeMap<State>((leaf: unknown) => {
    if (leaf instanceof Tensor || isParameter(leaf) || typeof leaf === "number") return asTensor(leaf);
    throw new DTypeError(
      op,
      `the state is no tree of tensors: ${describeValue(leaf)}`,
      "give what the step takes, or {} for no state",
    );
  }, state);
}

/** `tokens`. @throws DTypeError, ShapeError unless they are int32 of that rank. */
export function checkTokens(op: string, what: string, given: Tensor, axes: readonly string[]): Tensor {
  const tokens = tensorOf(op, what, given, "int32");
  const form = `[${axes.join(", ")}]`;
  if (tokens.dtype !== "int32")
    throw new DTypeError(op, `the ${what} are ${tokens.dtype}, not int32`, 'make them with { dtype: "int32" }');
  if (tokens.rank !== axes.length) {
    throw new ShapeError(
      op,
      `the ${what} do not fit: ${formatShape(tokens.shape)} (rank ${tokens.rank} ≠ ${axes.length})`,
      `give ${form}`,
    );
  }
  return tokens;
}

/** @throws ShapeError unless `token`, which is called `what`, is one; TapegradError unless `vocabulary` has it. */
export function checkToken(op: string, what: string, token: number, vocabulary = Infinity): number {
  if (checkCount(op, what, token) < vocabulary) return token;
  throw new TapegradError(
    op,
    `the ${what} is not in the vocabulary: ${token} of ${vocabulary}`,
    `use a token from 0 to ${vocabulary - 1}`,
  );
}

/** @throws ShapeError unless `logits` are [rows, vocabulary]. */
function checkLogits(op: string, logits: Tensor, rows: number): void {
  if (logits.rank === 2 && logits.shape[0] === rows) return;
  throw new ShapeError(
    op,
    `the step returned other logits: ${formatShape(logits.shape)} for ${rows} tokens`,
    "return logits [batch, vocabulary]",
  );
}
