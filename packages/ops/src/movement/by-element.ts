/**
 * Reading and writing single elements by index, each the transpose of the other. An index out of range reads NaN (0 in
 * integers) and writes nowhere, on every backend.
 */
import {
  apply,
  formatShape,
  normalizeAxis,
  type OpDefinition,
  type Shape,
  ShapeError,
  type Tensor,
} from "@tapegrad/core";
import { optionsOf } from "@tapegrad/core/internal";
import { filledWith } from "../creation/constant.ts";
import { asTensor, operands, type TensorLike } from "../operands.ts";
import type { AxisAttributes, AxisOptions } from "../reductions/reductions.ts";
import { axisOption, broadcastTo } from "../reductions/sum-and-broadcast.ts";
import { checkedIndices, readInside } from "./indices.ts";

export const gatherOp: OpDefinition<AxisAttributes, 2> = {
  name: "gather",
  type: ([{ dtype }, { shape }]) => ({ shape, dtype }),
  derivative: {
    kind: "linear",
    inputs: [0],
    saves: [1],
    transpose: (g, { input, inputTypes, attributes }) =>
      apply(scatterAddOp, [filledWith(inputTypes[0].shape, 0, g.dtype, g), input(1), g], attributes),
  },
  batching: { kind: "trailing" },
  tolerance: 0,
};

export const scatterAddOp: OpDefinition<AxisAttributes, 3> = {
  name: "scatterAdd",
  type: ([{ shape, dtype }]) => ({ shape, dtype }),
  derivative: {
    kind: "linear",
    inputs: [0, 2],
    saves: [1],
    transpose: (g, { input, attributes }, index) =>
      index === 0
        ? g
        : readInside(apply(gatherOp, [g, input(1)], attributes), input(1), g.shape.at(attributes.axis), 0),
  },
  batching: { kind: "trailing" },
  // As many roundings as there are updates of one element.
  tolerance: 8,
};

/**
 * `x` at `indices` along `axis` (the last by default): y[i][j] = x[i][indices[i][j]]. Off `axis`, `indices` broadcasts to `x`.
 * @throws DTypeError unless `indices` is int32, ShapeError when ranks or other axes differ.
 * @pytorch torch.gather
 * @example
 * import { gather, tensor } from "tapegrad";
 * const logProbabilities = tensor([[-0.1, -2.3], [-1.2, -0.4]]);
 * console.log(gather(logProbabilities, tensor([[0], [1]], { dtype: "int32" })));
 * // → Tensor(float32 [2,1])
 * // → [[-0.1],
 * // →  [-0.4]]
 */
export function gather(x: TensorLike, indices: TensorLike, options: AxisOptions = {}): Tensor {
  const { axis = -1 } = optionsOf("gather", options, axisOption);
  const value = asTensor(x);
  const at = checkedIndices("gather", indices, value);
  const negative = normalizeAxis("gather", axis, value.shape) - value.rank;
  return apply(gatherOp, [value, alongAxis("gather", value.shape, at, negative)], { axis: negative });
}

/**
 * `x` with `updates` added at `indices` along `axis` (the last by default); repeated indices add up.
 * @throws DTypeError unless `indices` is int32, ShapeError when shapes do not fit.
 * @pytorch torch.scatter_add
 * @example
 * import { ones, scatterAdd, tensor, zeros } from "tapegrad";
 * const tokens = tensor([0, 2, 2], { dtype: "int32" });
 * console.log(scatterAdd(zeros([3]), tokens, ones([3]))); // counts
 * // → Tensor(float32 [3]) [1, 0, 2]
 */
export function scatterAdd(x: TensorLike, indices: TensorLike, updates: TensorLike, options: AxisOptions = {}): Tensor {
  const { axis = -1 } = optionsOf("scatterAdd", options, axisOption);
  const [value, change] = operands("scatterAdd", [x, updates], "numeric");
  const negative = normalizeAxis("scatterAdd", axis, value.shape) - value.rank;
  const at = alongAxis("scatterAdd", value.shape, checkedIndices("scatterAdd", indices, value), negative);
  return apply(scatterAddOp, [value, at, broadcastTo(change, at.shape)], { axis: negative });
}

function alongAxis(op: string, shape: Shape, indices: Tensor, axis: number): Tensor {
  if (indices.rank !== shape.length) {
    throw new ShapeError(
      op,
      `ranks differ: ${formatShape(shape)} and indices ${formatShape(indices.shape)} (${shape.length} ≠ ${indices.rank})`,
      "give the indices every axis of x",
    );
  }
  return broadcastTo(indices, shape.with(axis, indices.shape.at(axis) ?? 1));
}
