/** What decoders have in common: a function from a token and a state to the logits of the next token. */
import { DTypeError, formatShape, ShapeError, type Tensor } from "@tapegrad/core";

/**
 * tokens int32 [batch], state any tree of tensors → logits [batch, vocabulary] of the tokens that follow, and the next state.
 * It runs inside `scan`: recorded once, whatever the number of steps.
 */
export type DecodingStep<State> = (tokens: Tensor, state: State) => { readonly logits: Tensor; readonly state: State };

/** @throws DTypeError, ShapeError unless `tokens` are int32 of that rank. */
export function checkTokens(op: string, what: string, tokens: Tensor, axes: readonly string[]): void {
  const form = `[${axes.join(", ")}]`;
  if (tokens.dtype !== "int32")
    throw new DTypeError(op, `${what} are ${tokens.dtype}, not int32`, 'make them with { dtype: "int32" }');
  if (tokens.rank !== axes.length) {
    throw new ShapeError(
      op,
      `${what} do not fit: ${formatShape(tokens.shape)} (rank ${tokens.rank} ≠ ${axes.length})`,
      `give ${form}`,
    );
  }
}

/** @throws ShapeError unless `length` is an integer from 1. */
export function checkLength(op: string, length: number): void {
  if (!Number.isInteger(length) || length < 1)
    throw new ShapeError(op, `not a number of steps: ${length}`, "use an integer from 1");
}

/** @throws ShapeError unless `logits` are [rows, vocabulary]. */
export function checkLogits(op: string, logits: Tensor, rows: number): void {
  if (logits.rank === 2 && logits.shape[0] === rows) return;
  throw new ShapeError(
    op,
    `the step returned other logits: ${formatShape(logits.shape)} for ${rows} tokens`,
    "return logits [batch, vocabulary]",
  );
}
