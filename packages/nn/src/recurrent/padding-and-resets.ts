/**
 * Masks of the steps that count in a batch of sequences, and of those where a sequence begins. Padding is replaced at the
 * input, and carries are selected by the mask. Nothing is multiplied by a mask, so a NaN in the padding has no effect.
 */
import {
  DTypeError,
  formatShape,
  type HostArray,
  type Shape,
  ShapeError,
  sameShape,
  Tensor,
  tensor,
  treeMap,
} from "@tapegrad/core";
import { checkList, isHostArray, optionsOf } from "@tapegrad/core/internal";
import {
  arange,
  cast,
  concat,
  expandDims,
  less,
  reshape,
  slice,
  stack,
  type TensorLike,
  where,
  zeros,
} from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";
import { swapTimeAndBatch } from "./time-major.ts";

/** How many steps each sequence of a batch has: int32 [batch], or as many numbers. */
export type Lengths = Tensor | HostArray | readonly TensorLike[];

/** How a batch of sequences is to be read. */
export interface SequenceOptions<State> {
  /** The state before the first step; the initial state of the cells by default. */
  readonly state?: State | undefined;
  /**
   * How many steps each sequence has, int32 [batch] or a list of numbers; the steps after them are padding. All by default.
   * Padding has no influence on anything, even if it is NaN: outputs there are 0, the final state is that of the last step
   * that counts, gradients there are 0, and the reverse direction starts at each sequence's own end. Lengths that are a tensor,
   * as typed arrays are inside compiled functions, are not read: what is beyond the sequence counts as all of it.
   */
  readonly lengths?: Lengths | undefined;
  /** bool [batch, time]: where a new sequence begins, before which the state is the initial one again. Nowhere by default. */
  readonly resets?: Tensor | undefined;
}

const sequenceOptions = { state: true, lengths: true, resets: true } as const;

/** bool [time, batch], or without a time axis those of one step. */
export interface SequenceMasks {
  readonly valid?: Tensor;
  readonly starts?: Tensor;
}

/**
 * What `options` say about `sequence` [time, batch, …]. `timeMajor` tells how `resets` are laid out.
 * @throws TapegradError for options that there are not.
 */
export function masksOf<State>(
  op: string,
  sequence: Tensor,
  options: SequenceOptions<State>,
  timeMajor: boolean,
): SequenceMasks {
  const { lengths, resets } = optionsOf(op, options, sequenceOptions);
  const [time = 0, batch = 0] = sequence.shape;
  const steps = () => expandDims(arange(0, time, 1, { like: sequence }), { axis: 1 });
  return {
    ...(lengths !== undefined && { valid: less(steps(), checkedLengths(op, lengths, time, batch)) }),
    ...(resets !== undefined && {
      starts: timeMajorResets(op, resets, timeMajor ? [time, batch] : [batch, time], timeMajor),
    }),
  };
}

/** `sequence` [time, batch, …] with zeros for padding. */
export function withoutPadding(sequence: Tensor, { valid }: SequenceMasks): Tensor {
  return valid === undefined ? sequence : selectRows(valid, sequence, 0);
}

/** The masks in the other direction: a sequence begins there after the step at which it begins here. */
export function backwards(masks: SequenceMasks): SequenceMasks {
  if (masks.starts === undefined) return masks;
  const { starts } = masks;
  const none = zeros([Math.min(1, starts.shape[0] ?? 0), starts.shape[1] ?? 0], { dtype: "bool", like: starts });
  return { ...masks, starts: concat([slice(starts, [1]), none]) };
}

/** For each row of a batch the state from one tree or the other. condition bool [batch], leaves [batch, …]. */
export function selectState<State>(condition: Tensor, whenTrue: State, whenFalse: State): State {
  return treeMap<State>((a: Tensor, b: Tensor) => selectRows(condition, a, b), whenTrue, whenFalse);
}

/** `where`, with the condition's axes as the first ones of both. */
export function selectRows(condition: Tensor, whenTrue: Tensor, whenFalse: TensorLike): Tensor {
  const { shape } = condition;
  const missing = new Array<number>(Math.max(0, whenTrue.rank - shape.length)).fill(1);
  return where(reshape(condition, [...shape, ...missing]), whenTrue, whenFalse);
}

/** int32 [batch]. */
export function checkedLengths(op: string, lengths: Lengths, time: number, batch: number): Tensor {
  const counts = lengths instanceof Tensor ? lengths : listed(op, lengths, time);
  if (counts.dtype !== "int32")
    throw new DTypeError(op, `lengths are ${counts.dtype}, not int32`, 'use cast(lengths, "int32")');
  if (!sameShape(counts.shape, [batch])) {
    throw new ShapeError(
      op,
      `lengths do not fit: ${formatShape(counts.shape)}, not ${formatShape([batch])}`,
      "give one for each sequence of the batch",
    );
  }
  return counts;
}

/** A list of lengths as a tensor. Inside `compile`, numbers among the arguments have become tensors. */
function listed(op: string, given: HostArray | readonly TensorLike[], time: number): Tensor {
  const lengths = isHostArray(given) ? Array.from(given, Number) : checkList(op, "lengths", given, "[5, 3]");
  const numbers = lengths.filter((length) => typeof length === "number");
  const wrong = numbers.find((length) => !(length >= 0 && length <= time));
  if (wrong !== undefined) throw new ShapeError(op, `a length is outside the sequence: ${wrong} of ${time} steps`);
  const fraction = numbers.find((length) => !Number.isInteger(length));
  if (fraction !== undefined) throw new DTypeError(op, `a length is not an integer: ${fraction}`, "count steps");
  if (numbers.length === lengths.length) return tensor(numbers, { dtype: "int32" });
  return cast(stack(lengths.map((length) => lengthOf(op, length))), "int32");
}

/** @throws DTypeError, ShapeError unless `length` is a number, or a tensor of one. */
function lengthOf(op: string, length: TensorLike): Tensor {
  const value = tensorOf(op, "length", length);
  if (value.rank === 0) return value;
  throw new ShapeError(op, `a length is not one number: ${formatShape(value.shape)}`, "give one for each sequence");
}

/** Resets, which have to be of `shape`, as [time, batch]. */
export function timeMajorResets(op: string, given: Tensor, shape: Shape, timeMajor: boolean): Tensor {
  const resets = tensorOf(op, "resets", given);
  if (resets.dtype !== "bool")
    throw new DTypeError(op, `resets are ${resets.dtype}, not bool`, 'use cast(resets, "bool")');
  if (!sameShape(resets.shape, shape)) {
    throw new ShapeError(
      op,
      `resets do not fit: ${formatShape(resets.shape)}, not ${formatShape(shape)}`,
      `give ${timeMajor ? "[time, batch]" : "[batch, time]"}`,
    );
  }
  return timeMajor ? resets : swapTimeAndBatch(resets);
}
