/** Pads sequences of different lengths to one rectangular batch. */
import { ShapeError, Tensor } from "@tapegrad/core";
import {
  checkCount,
  checkList,
  countFrom,
  describeValue,
  isHostArray,
  optionsOf,
  withMemoryFor,
} from "@tapegrad/core/internal";
import { checkToken } from "./inputs.ts";

/** Options of `padSequences`. */
export interface PaddingOptions {
  /** What fills the rest of each row; 0 by default. A loss's `ignoreIndex`, for targets. */
  readonly value?: number | undefined;
  /** Time steps of the rectangle; those of the longest sequence by default. */
  readonly length?: number | undefined;
  /** Rounds `length` up to a multiple of this, so that a compiled function meets few different shapes. */
  readonly multipleOf?: number | undefined;
}

const paddingOptions = { value: true, length: checkCount, multipleOf: countFrom(1) } as const;

/** Sequences side by side, as `padSequences` gives them. */
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
 * @pytorch torch.nn.utils.rnn.pad_sequence
 * @example
 * import { padSequences, tensor } from "tapegrad";
 * const { tokens, shape, lengths } = padSequences([[5, 6, 7], [8]]);
 * console.log(tensor(tokens, { shape }), lengths);
 * // → Tensor(int32 [2,3])
 * // → [[5, 6, 7],
 * // →  [8, 0, 0]] Int32Array(2) [ 3, 1 ]
 */
export function padSequences(sequences: readonly ArrayLike<number>[], options: PaddingOptions = {}): PaddedBatch {
  const { value = 0, length, multipleOf = 1 } = optionsOf("padSequences", options, paddingOptions);
  const rows = checkList(
    "padSequences",
    "sequences",
    sequences,
    sequences instanceof Tensor ? "padSequences(await t.toArray())" : "[[1, 2], [3]]",
  ).map(checkSequence);
  const lengths = Int32Array.from(rows, (sequence) => sequence.length);
  const longest = lengths.reduce((most, size) => Math.max(most, size), 0);
  if (length !== undefined && longest > length) {
    const index = lengths.indexOf(longest);
    throw new ShapeError(
      "padSequences",
      `sequence ${index} is too long (${longest} > ${length})`,
      "cut it, or leave length out",
    );
  }
  const time = Math.ceil((length ?? longest) / multipleOf) * multipleOf;
  const shape: PaddedBatch["shape"] = [rows.length, time];
  const tokens = withMemoryFor("padSequences", { shape, dtype: "int32" }, () => new Int32Array(rows.length * time));
  tokens.fill(checkToken("padSequences", value));
  for (const [row, sequence] of rows.entries()) {
    for (let step = 0; step < sequence.length; step++)
      tokens[row * time + step] = checkToken("padSequences", sequence[step]);
  }
  return { tokens, shape, lengths };
}

/** `sequence`, if it is indexed by numbers and has a length, as arrays are. */
function checkSequence(sequence: ArrayLike<number>, index: number): ArrayLike<number> {
  const isList = isHostArray(sequence) || (typeof sequence === "object" && Object.hasOwn(Object(sequence), "length"));
  if (isList && Number.isSafeInteger(sequence.length)) return sequence;
  throw new ShapeError(
    "padSequences",
    `sequence ${index} is not a list: ${describeValue(sequence)}`,
    sequence instanceof Tensor ? "give plain lists, await t.data()" : "encode text first",
  );
}
