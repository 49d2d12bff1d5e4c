/** Sequences of different lengths as one rectangle, which is what a batch is. */
import { ShapeError, TapegradError } from "@tapegrad/core";

export interface PaddingOptions {
  /** What fills the rest of each row; 0 by default. A loss's `ignoreIndex`, for targets. */
  readonly value?: number;
  /** Time steps of the rectangle; those of the longest sequence by default. */
  readonly length?: number;
  /** Rounds `length` up to a multiple of this, so that a compiled function meets few different shapes. */
  readonly multipleOf?: number;
}

export interface PaddedBatch {
  /** [batch, time], row-major. */
  readonly tokens: Int32Array;
  readonly shape: readonly [batch: number, time: number];
  /** Of each sequence without its padding, [batch]: as a tensor, what recurrent layers take as `lengths`. */
  readonly lengths: Int32Array;
}

/**
 * Token sequences side by side, each filled up at its end. Empty sequences are rows of padding.
 * @throws ShapeError when a sequence is longer than `length`; TapegradError for what is no int32.
 */
export function padSequences(
  sequences: readonly ArrayLike<number>[],
  { value = 0, length, multipleOf = 1 }: PaddingOptions = {},
): PaddedBatch {
  const lengths = Int32Array.from(sequences, (sequence) => sequence.length);
  const longest = lengths.reduce((most, size) => Math.max(most, size), 0);
  if (![length ?? 0, multipleOf - 1].every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new ShapeError(
      "padSequences",
      `not sizes: length ${length}, multipleOf ${multipleOf}`,
      "use positive integers",
    );
  }
  if (length !== undefined && longest > length) {
    const index = lengths.indexOf(longest);
    throw new ShapeError(
      "padSequences",
      `sequence ${index} is too long (${longest} > ${length})`,
      "cut it, or leave length out",
    );
  }
  const time = Math.ceil((length ?? longest) / multipleOf) * multipleOf;
  const tokens = new Int32Array(sequences.length * time).fill(checkToken(value));
  for (const [row, sequence] of sequences.entries()) {
    for (let step = 0; step < sequence.length; step++) tokens[row * time + step] = checkToken(sequence[step]);
  }
  return { tokens, shape: [sequences.length, time], lengths };
}

function checkToken(token: number | undefined): number {
  if (token === undefined || token !== (token | 0)) {
    throw new TapegradError("padSequences", `not a token: ${String(token)}`, "tokens are int32; encode text first");
  }
  return token;
}
