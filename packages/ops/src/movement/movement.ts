/** Ops that move elements without changing them: transpose, slice and its transpose pad, concat, and composites of these. */
import {
  apply,
  formatShape,
  normalizeAxes,
  normalizeAxis,
  type OpDefinition,
  type Shape,
  ShapeError,
  type Tensor,
  type TensorType,
} from "@tapegrad/core";
import { checkCount, checkList, defined, describeValue, optionsOf, remedyFor } from "@tapegrad/core/internal";
import { scalar } from "../creation/constant.ts";
import { where } from "../elementwise/select.ts";
import { asTensor, operandAs, operands, type TensorLike } from "../operands.ts";
import { axisOption, broadcastTo, expandDims } from "../reductions/sum-and-broadcast.ts";

export const transposeOp: OpDefinition<{ readonly axes: readonly number[] }, 1> = {
  name: "transpose",
  type: ([{ shape, dtype }], { axes }) => ({ shape: axes.map((axis) => shape[axis] ?? 0), dtype }),
  derivative: {
    kind: "linear",
    inputs: "all",
    saves: [],
    transpose: (g, { attributes: { axes } }) =>
      transpose(
        g,
        axes.map((_, axis) => axes.indexOf(axis)),
      ),
  },
  batching: {
    kind: "rule",
    rule: ([x], { axes }) => transpose(x, [0, ...axes.map((axis) => axis + 1)]),
  },
  tolerance: 0,
};

/**
 * Permutes axes: axis i of the result is axis `axes[i]` of `x`; reversed by default.
 * @throws ShapeError unless `axes` names each axis once.
 * @pytorch torch.permute
 * @example
 * import { ones, tensor, transpose } from "tapegrad";
 * console.log(transpose(ones([2, 3, 4]), [1, 0, 2]).shape); // → [ 3, 2, 4 ]
 * console.log(transpose(tensor([[1, 2], [3, 4]])));
 * // → Tensor(float32 [2,2])
 * // → [[1, 3],
 * // →  [2, 4]]
 */
export function transpose(x: TensorLike, axes?: readonly number[]): Tensor {
  const value = asTensor(x);
  if (axes !== undefined) checkList("transpose", "axes", axes, "[1, 0]");
  const order =
    axes?.map((axis) => normalizeAxis("transpose", axis, value.shape)) ??
    value.shape.map((_, axis) => value.rank - 1 - axis);
  if (order.length !== value.rank || new Set(order).size !== value.rank) {
    throw new ShapeError(
      "transpose",
      `axes ${formatShape(axes ?? [])} do not permute ${formatShape(value.shape)}`,
      "name each axis once",
    );
  }
  return apply(transposeOp, [value], { axes: order });
}

/**
 * `x` with axis `from` moved to `to`, the others in their order; negative positions count from the end.
 * @throws ShapeError for an axis that `x` does not have.
 * @pytorch torch.movedim
 * @example
 * import { moveAxis, ones } from "tapegrad";
 * console.log(moveAxis(ones([2, 3, 4]), 0, -1).shape); // → [ 3, 4, 2 ]
 */
export function moveAxis(x: TensorLike, from: number, to: number): Tensor {
  const value = asTensor(x);
  const [source, target] = [from, to].map((axis) => normalizeAxis("moveAxis", axis, value.shape));
  if (source === undefined || target === undefined || source === target) return value;
  const others = value.shape.map((_, axis) => axis).filter((axis) => axis !== source);
  return apply(transposeOp, [value], { axes: others.toSpliced(target, 0, source) });
}

/** Element `starts + i·steps` for i below `sizes`, per axis. */
export interface SliceAttributes {
  readonly starts: readonly number[];
  readonly sizes: Shape;
  readonly steps: readonly number[];
}

export const sliceOp: OpDefinition<SliceAttributes, 1> = {
  name: "slice",
  type: ([{ dtype }], { sizes }) => ({ shape: sizes, dtype }),
  derivative: {
    kind: "linear",
    inputs: "all",
    saves: [],
    transpose: (g, { inputTypes, attributes: { starts, sizes, steps } }) => {
      const covered = sizes.map((size, axis) => (size === 0 ? 0 : (size - 1) * (steps[axis] ?? 1) + 1));
      const low = covered.map((length, axis) => (length === 0 ? 0 : (starts[axis] ?? 0)));
      const high = covered.map((length, axis) => (inputTypes[0].shape[axis] ?? 0) - length - (low[axis] ?? 0));
      return applyPad(g, { low, high, interior: steps.map((step) => step - 1) });
    },
  },
  batching: {
    kind: "rule",
    rule: (inputs, { starts, sizes, steps }, { size }) =>
      apply(sliceOp, inputs, { starts: [0, ...starts], sizes: [size, ...sizes], steps: [1, ...steps] }),
  },
  tolerance: 0,
};

/**
 * Elements `starts` (inclusive) to `stops` (exclusive) in `steps`, per leading axis, as NumPy's `x[start:stop:step]` with
 * positive steps: negative positions count from the end, and positions outside are clamped. Axes left out are whole.
 * @throws ShapeError for more positions than axes, fractions, and steps below 1.
 * @example
 * import { arange, slice } from "tapegrad";
 * const x = arange(6).reshape([2, 3]);
 * console.log(slice(x, [0, 1], [1])); // x[0:1, 1:] in Python
 * // → Tensor(int32 [1,2]) [[1, 2]]
 * console.log(slice(x, [-1], [], [1, 2])); // x[-1:, ::2]
 * // → Tensor(int32 [1,2]) [[3, 5]]
 */
export function slice(
  x: TensorLike,
  starts: readonly number[],
  stops: readonly (number | undefined)[] = [],
  steps: readonly number[] = [],
): Tensor {
  const value = asTensor(x);
  for (const positions of [starts, stops, steps]) checkList("slice", "positions", positions, "[0], [2]");
  if (Math.max(starts.length, stops.length, steps.length) > value.rank) {
    throw new ShapeError("slice", `more positions than axes: ${formatShape(starts)} of ${formatShape(value.shape)}`);
  }
  if (steps.some((step) => !Number.isSafeInteger(step) || step < 1)) {
    const remedy = remedyFor(steps, "use flip to go backwards");
    throw new ShapeError("slice", `steps must be positive integers: ${describeValue(steps)}`, remedy);
  }
  if ([...starts, ...stops].some((position) => position !== undefined && position !== Math.trunc(position))) {
    throw new ShapeError("slice", `positions must be integers: ${formatShape(starts)} to [${stops.join(",")}]`);
  }
  const clamp = (position: number, length: number) =>
    Math.min(Math.max(position < 0 ? position + length : position, 0), length);
  const from = value.shape.map((length, axis) => clamp(starts[axis] ?? 0, length));
  const every = value.shape.map((_, axis) => steps[axis] ?? 1);
  const sizes = value.shape.map((length, axis) =>
    Math.max(0, Math.ceil((clamp(stops[axis] ?? length, length) - (from[axis] ?? 0)) / (every[axis] ?? 1))),
  );
  return apply(sliceOp, [value], { starts: from, sizes, steps: every });
}

/** Zeros before, after, and between the elements of each axis. */
export interface PadAttributes {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
}

export const padOp: OpDefinition<PadAttributes, 1> = {
  name: "pad",
  type: ([{ shape, dtype }], { low, high, interior }) => {
    const padded = shape.map(
      (length, axis) => (low[axis] ?? 0) + (high[axis] ?? 0) + length + Math.max(0, length - 1) * (interior[axis] ?? 0),
    );
    return { shape: padded, dtype };
  },
  derivative: {
    kind: "linear",
    inputs: "all",
    saves: [],
    transpose: (g, { inputTypes, attributes: { low, interior } }) =>
      apply(sliceOp, [g], {
        starts: low,
        sizes: inputTypes[0].shape,
        steps: interior.map((zeros) => zeros + 1),
      }),
  },
  batching: {
    kind: "rule",
    rule: (inputs, { low, high, interior }) =>
      apply(padOp, inputs, { low: [0, ...low], high: [0, ...high], interior: [0, ...interior] }),
  },
  tolerance: 0,
};

function applyPad(x: Tensor, attributes: PadAttributes): Tensor {
  return apply(padOp, [x], attributes);
}

/**
 * Puts `[before, after]` elements of `value` (0 by default) around each axis.
 * @throws ShapeError for negative widths.
 * @pytorch torch.nn.functional.pad
 * @example
 * import { pad, tensor } from "tapegrad";
 * console.log(pad(tensor([1, 2]), [[2, 1]], { value: 9 })); // → Tensor(float32 [5]) [9, 9, 1, 2, 9]
 */
export function pad(
  x: TensorLike,
  widths: readonly (readonly [before: number, after: number])[],
  options: { readonly value?: number | undefined } = {},
): Tensor {
  const { value = 0 } = optionsOf("pad", options, { value: true });
  const inner = asTensor(x);
  for (const width of checkList("pad", "widths", widths, "[[1, 1]]")) {
    checkList("pad", "widths", width, "[[1, 1]]");
    for (const side of [0, 1]) checkCount("pad", "width", width[side] ?? Number.NaN);
  }
  if (widths.length !== inner.rank || widths.some((width) => width.length !== 2)) {
    throw new ShapeError(
      "pad",
      `widths do not fit ${formatShape(inner.shape)}: ${JSON.stringify(widths)}`,
      "give [before, after] ≥ 0 for each axis",
    );
  }
  const attributes = {
    low: widths.map(([before]) => before),
    high: widths.map(([, after]) => after),
    interior: widths.map(() => 0),
  };
  if (Object.is(value, 0)) return applyPad(inner, attributes);
  // The frame is the padding of a tensor of zeros by ones, turned round: inside keeps x, outside takes the value.
  const inside = applyPad(broadcastTo(scalar(1, "bool", inner), inner.shape), attributes);
  return where(
    inside,
    applyPad(inner, attributes),
    inner.dtype === "bool" ? operandAs("pad", value, "bool", inner) : value,
  );
}

export const concatOp: OpDefinition<{ readonly axis: number }> = {
  name: "concat",
  type: (inputs, { axis }) => concatType(inputs, axis),
  derivative: {
    kind: "linear",
    inputs: "all",
    saves: [],
    transpose: (g, { inputTypes, attributes: { axis } }, index) => {
      const at = g.rank + axis;
      const lengths = inputTypes.map(({ shape }) => shape[at] ?? 0);
      const start = lengths.slice(0, index).reduce((a, b) => a + b, 0);
      const starts = g.shape.map((_, i) => (i === at ? start : 0));
      return apply(sliceOp, [g], { starts, sizes: g.shape.with(at, lengths[index] ?? 0), steps: g.shape.map(() => 1) });
    },
  },
  batching: { kind: "trailing" },
  tolerance: 0,
};

function concatType(inputs: readonly TensorType[], axis: number): TensorType {
  const first = defined(inputs[0], "operand");
  const at = first.shape.length + axis;
  for (const { shape } of inputs) {
    const differs = shape.findIndex((length, i) => i !== at && length !== first.shape[i]);
    if (shape.length !== first.shape.length || differs >= 0) {
      const why =
        shape.length === first.shape.length
          ? `axis ${differs}: ${first.shape[differs]} ≠ ${shape[differs]}`
          : `rank ${first.shape.length} ≠ ${shape.length}`;
      const operands = `${formatShape(first.shape)} and ${formatShape(shape)}`;
      throw new ShapeError(
        "concat",
        `shapes differ off axis ${at}: ${operands} (${why})`,
        "only the joined axis may differ",
      );
    }
  }
  return {
    shape: first.shape.with(
      at,
      inputs.reduce((length, { shape }) => length + (shape[at] ?? 0), 0),
    ),
    dtype: first.dtype,
  };
}

/**
 * Joins tensors end to end along `axis` (0 by default).
 * @throws ShapeError when they differ elsewhere, or there are none.
 * @pytorch torch.cat
 * @example
 * import { concat, tensor } from "tapegrad";
 * console.log(concat([tensor([1, 2]), tensor([3])])); // → Tensor(float32 [3]) [1, 2, 3]
 */
export function concat(tensors: readonly TensorLike[], options: { readonly axis?: number | undefined } = {}): Tensor {
  const { axis = 0 } = optionsOf("concat", options, axisOption);
  const values = operands("concat", checkList("concat", "tensors", tensors, "concat([a, b])"), "any");
  const [first] = values;
  if (first === undefined) throw new ShapeError("concat", "no tensors", "pass at least one");
  return apply(concatOp, values, { axis: normalizeAxis("concat", axis, first.shape) - first.rank });
}

/**
 * Joins tensors of one shape along a new axis (0 by default).
 * @throws ShapeError when the shapes differ, or there are no tensors.
 * @pytorch torch.stack
 * @example
 * import { stack, tensor } from "tapegrad";
 * console.log(stack([tensor([1, 2]), tensor([3, 4])], { axis: 1 }));
 * // → Tensor(float32 [2,2])
 * // → [[1, 3],
 * // →  [2, 4]]
 */
export function stack(tensors: readonly TensorLike[], options: { readonly axis?: number | undefined } = {}): Tensor {
  const { axis = 0 } = optionsOf("stack", options, axisOption);
  const values = operands("stack", checkList("stack", "tensors", tensors, "stack([a, b])"), "any");
  const at = normalizeAxis("stack", axis, [...(values[0]?.shape ?? []), 1]);
  return concat(
    values.map((value) => expandDims(value, { axis: at })),
    { axis: at },
  );
}

/**
 * Cuts `x` along `axis` (0 by default) into `parts` equal pieces, or into pieces of the given lengths.
 * @throws ShapeError when the pieces do not add up.
 * @pytorch torch.split
 * @example
 * import { arange, ones, split } from "tapegrad";
 * const [i, f, g, o] = split(ones([2, 8]), 4, { axis: -1 });
 * console.log(i?.shape, split(arange(5), [2, 3]).map(String));
 * // → [ 2, 2 ] [ 'Tensor(int32 [2]) [0, 1]', 'Tensor(int32 [3]) [2, 3, 4]' ]
 */
export function split(
  x: TensorLike,
  parts: number | readonly number[],
  options: { readonly axis?: number | undefined } = {},
): Tensor[] {
  const { axis = 0 } = optionsOf("split", options, axisOption);
  const value = asTensor(x);
  const at = normalizeAxis("split", axis, value.shape);
  const length = value.shape[at] ?? 0;
  const lengths =
    typeof parts === "number"
      ? Array.from({ length: checkCount("split", "number of parts", parts, 1) }, () => length / parts)
      : checkList("split", "parts", parts, "a number or a list of lengths");
  if (lengths.reduce((a, b) => a + b, 0) !== length || !lengths.every((part) => Number.isInteger(part) && part >= 0)) {
    throw new ShapeError(
      "split",
      `axis ${at} of ${formatShape(value.shape)} does not split into ${typeof parts === "number" ? parts : formatShape(parts)}`,
      "the lengths must add up",
    );
  }
  let end = 0;
  return lengths.map((part) => {
    const starts = value.shape.map((_, i) => (i === at ? end : 0));
    end += part;
    return apply(sliceOp, [value], { starts, sizes: value.shape.with(at, part), steps: value.shape.map(() => 1) });
  });
}

export const flipOp: OpDefinition<{ readonly axes: readonly number[] }, 1> = {
  name: "flip",
  type: ([x]) => x,
  derivative: {
    kind: "linear",
    inputs: "all",
    saves: [],
    transpose: (g, { attributes }) => apply(flipOp, [g], attributes),
  },
  batching: { kind: "trailing" },
  tolerance: 0,
};

/**
 * Reverses the order of elements along `axis` (all axes by default).
 * @pytorch torch.flip
 * @example
 * import { arange, flip } from "tapegrad";
 * console.log(flip(arange(4))); // → Tensor(int32 [4]) [3, 2, 1, 0]
 */
export function flip(x: TensorLike, options: { readonly axis?: number | readonly number[] | undefined } = {}): Tensor {
  const { axis } = optionsOf("flip", options, axisOption);
  const value = asTensor(x);
  return apply(flipOp, [value], { axes: normalizeAxes("flip", axis, value.shape).map((at) => at - value.rank) });
}
