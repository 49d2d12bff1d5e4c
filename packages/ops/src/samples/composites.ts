/** Samples of the composites: functions that are written in primitives and have no rule of their own. */
import type { Tensor } from "@tapegrad/core";
import {
  arange,
  einsum,
  expandDims,
  gelu,
  logSoftmax,
  mean,
  moveAxis,
  mul,
  oneHot,
  pad,
  prod,
  safeSqrt,
  softmax,
  sort,
  split,
  square,
  squeeze,
  stack,
  sum,
  topK,
  variance,
} from "../index.ts";
import { sumTo } from "../internal.ts";
import { bool, distinct, exact, indices, int32, normal, positive, type Sample } from "./inputs.ts";

/** Weighs the elements, for functions whose sum is constant. */
function weighed(x: Tensor): Tensor {
  return mul(x, x);
}

/** Inputs for the functions that are composed of primitives. */
export const compositeSamples = {
  einsum: [
    { name: "ij,jk->ik", inputs: [normal([2, 3]), normal([3, 4])], run: (a, b) => einsum("ij,jk->ik", a, b) },
    { name: "ij,jk", inputs: [normal([2, 3]), normal([3, 4])], run: (a, b) => einsum("ij,jk", a, b) },
    {
      name: "bqhd,bkhd->bhqk",
      inputs: [normal([2, 3, 2, 2]), normal([2, 1, 2, 2])],
      run: (a, b) => einsum("bqhd,bkhd->bhqk", a, b),
    },
    {
      name: "...ij,...jk->...ik",
      inputs: [normal([3, 1, 2, 2]), normal([2, 2, 3])],
      run: (a, b) => einsum("...ij,...jk->...ik", a, b),
    },
    {
      name: "i,ij,j->",
      inputs: [normal([2]), normal([2, 3]), normal([3])],
      run: (a, b, c) => einsum("i,ij,j->", a, b, c),
    },
    { name: "i,j->ij", inputs: [normal([2]), normal([3])], run: (a, b) => einsum("i,j->ij", a, b) },
    { name: "ii->i", inputs: [normal([3, 3])], run: (x) => einsum("ii->i", x) },
    { name: "iji->j", inputs: [normal([2, 3, 2])], run: (x) => einsum("iji->j", x) },
    { name: "ij->ji", inputs: [normal([2, 3])], run: (x) => einsum("ij->ji", x) },
    {
      name: "nothing to sum",
      inputs: [normal([2, 0]), normal([0, 2])],
      run: (a, b) => einsum("ij,jk->ik", a, b),
      values: [0, 0, 0, 0],
    },
  ],
  expandDims: [
    { name: "in front", inputs: [normal([3])], run: (x) => expandDims(x, { axis: 0 }) },
    { name: "behind", inputs: [normal([2, 3])], run: (x) => expandDims(x, { axis: -1 }) },
    { name: "rank 0", inputs: [normal([])], run: (x) => expandDims(x, { axis: 0 }) },
  ],
  gelu: [
    { name: "[2,3]", inputs: [normal([2, 3])], run: gelu },
    { name: "large magnitudes", inputs: [exact([-1e4, -20, 0, 20, 1e4])], run: gelu, values: [-0, -0, 0, 20, 1e4] },
  ],
  logSoftmax: [
    { name: "[2,3]", inputs: [normal([2, 3])], run: (x) => logSoftmax(x) },
    { name: "axis 0", inputs: [normal([3, 2])], run: (x) => logSoftmax(x, { axis: 0 }) },
    { name: "±1e4", inputs: [exact([1e4, 0, -1e4])], run: (x) => logSoftmax(x), values: [0, -1e4, -2e4] },
    { name: "equal and large", inputs: [exact([1e4, 1e4])], run: (x) => logSoftmax(x), values: [-Math.LN2, -Math.LN2] },
    { name: "−∞", inputs: [exact([0, -Infinity])], run: (x) => logSoftmax(x), values: [0, -Infinity] },
  ],
  mean: [
    { name: "all", inputs: [normal([2, 3])], run: (x) => mean(x) },
    { name: "axis 0", inputs: [normal([2, 3])], run: (x) => mean(x, { axis: 0 }) },
    { name: "two axes kept", inputs: [normal([2, 3, 2])], run: (x) => mean(x, { axis: [0, -1], keepDims: true }) },
    { name: "rank 0", inputs: [normal([])], run: (x) => mean(x) },
    { name: "of nothing", inputs: [normal([0])], run: (x) => mean(x), values: [NaN] },
    { name: "int32 becomes float", inputs: [int32([1, 2])], run: (x) => mean(x), values: [1.5] },
  ],
  moveAxis: [
    { name: "first to last", inputs: [normal([2, 3, 4])], run: (x) => moveAxis(x, 0, -1) },
    { name: "last to second", inputs: [normal([2, 3, 4])], run: (x) => moveAxis(x, 2, 1) },
  ],
  oneHot: [
    { name: "rows", inputs: [int32([1, 0])], run: (at) => oneHot(at, 3), values: [0, 1, 0, 1, 0, 0] },
    { name: "out of range", inputs: [int32([-1, 2])], run: (at) => oneHot(at, 2), values: [0, 0, 0, 0] },
    { name: "a matrix", inputs: [indices(4, [2, 3])], run: (at) => oneHot(at, 4) },
    { name: "no classes", inputs: [int32([0])], run: (at) => oneHot(at, 0), values: [] },
  ],
  padWithValue: [
    { name: "[2] by 7", inputs: [exact([1, 2])], run: (x) => pad(x, [[1, 1]], { value: 7 }), values: [7, 1, 2, 7] },
    {
      name: "[2,2] by −∞",
      inputs: [exact([1, 2])],
      run: (x) => pad(x, [[0, 1]], { value: -Infinity }),
      values: [1, 2, -Infinity],
      gradients: [[1, 1]],
    },
    {
      name: "[2,2]",
      inputs: [normal([2, 2])],
      run: (x) =>
        pad(
          x,
          [
            [1, 0],
            [0, 2],
          ],
          { value: 0.5 },
        ),
    },
    { name: "int32", inputs: [int32([1])], run: (x) => pad(x, [[1, 0]], { value: 3 }), values: [3, 1] },
    { name: "bool", inputs: [bool([0])], run: (x) => pad(x, [[1, 0]], { value: 1 }), values: [1, 0] },
  ],
  prod: [
    { name: "[5]", inputs: [normal([5])], run: (x) => prod(x) },
    { name: "axis 1", inputs: [normal([2, 4])], run: (x) => prod(x, { axis: 1 }) },
    { name: "two axes kept", inputs: [normal([3, 2, 2])], run: (x) => prod(x, { axis: [0, -1], keepDims: true }) },
    {
      name: "as large as they are small",
      inputs: [exact([2 ** 100, 2 ** -100, 2 ** 99, 2 ** -100, 3])],
      run: (x) => prod(x),
      values: [1.5],
    },
    { name: "one zero", inputs: [exact([2, 0, 3])], run: (x) => prod(x), values: [0] },
    { name: "two zeros", inputs: [exact([0, 5, 0, 2])], run: (x) => prod(x), values: [0] },
    { name: "rank 0", inputs: [normal([])], run: (x) => prod(x) },
    { name: "of nothing", inputs: [normal([2, 0])], run: (x) => prod(x, { axis: 1 }), values: [1, 1] },
    { name: "int32", inputs: [int32([3, -4, 5])], run: (x) => prod(x), values: [-60] },
  ],
  safeSqrt: [
    { name: "[3]", inputs: [positive([3])], run: (x) => safeSqrt(x) },
    { name: "at zero", inputs: [exact([0, 4])], run: (x) => safeSqrt(x), values: [0, 2], gradients: [[0, 0.25]] },
    {
      name: "a norm at zero",
      inputs: [exact([0, 0])],
      run: (x) => safeSqrt(sum(square(x))),
      values: [0],
      gradients: [[0, 0]],
    },
  ],
  softmax: [
    { name: "[2,3]", inputs: [normal([2, 3])], run: (x) => weighed(softmax(x)) },
    { name: "axis 0", inputs: [normal([3, 2])], run: (x) => softmax(x, { axis: 0 }) },
    { name: "±1e4", inputs: [exact([1e4, 0, -1e4])], run: (x) => softmax(x), values: [1, 0, 0] },
    { name: "equal and large", inputs: [exact([1e4, 1e4])], run: (x) => softmax(x), values: [0.5, 0.5] },
    { name: "−∞", inputs: [exact([0, -Infinity, 0])], run: (x) => softmax(x), values: [0.5, 0, 0.5] },
  ],
  sort: [
    { name: "[5]", inputs: [distinct([5])], run: (x) => sort(x) },
    { name: "axis 0, descending", inputs: [distinct([3, 2])], run: (x) => sort(x, { axis: 0, descending: true }) },
    {
      name: "ties keep their order",
      inputs: [exact([2, 1, 2])],
      run: (x) => mul(sort(x), arange(1, 4, 1, { like: x })),
      values: [1, 4, 6],
      gradients: [[2, 1, 3]],
    },
    { name: "int32", inputs: [int32([3, 1, 2])], run: (x) => sort(x), values: [1, 2, 3] },
  ],
  split: [
    { name: "in two", inputs: [normal([4])], run: (x) => split(x, 2) },
    { name: "by lengths along axis −1", inputs: [normal([2, 5])], run: (x) => split(x, [1, 0, 4], { axis: -1 }) },
    { name: "the gates of a cell", inputs: [normal([2, 8])], run: (x) => split(x, 4, { axis: 1 }).map(weighed) },
  ],
  squeeze: [
    { name: "all", inputs: [normal([1, 3, 1])], run: (x) => squeeze(x) },
    { name: "one axis", inputs: [normal([1, 3, 1])], run: (x) => squeeze(x, { axis: -1 }) },
  ],
  stack: [
    { name: "[2] and [2]", inputs: [normal([2]), normal([2])], run: (a, b) => stack([a, b]) },
    { name: "behind", inputs: [normal([2, 3]), normal([2, 3])], run: (a, b) => stack([a, b], { axis: -1 }) },
    { name: "scalars", inputs: [normal([]), normal([])], run: (a, b) => stack([a, b, a]) },
    { name: "a scalar and a number", inputs: [exact([3], { shape: [] })], run: (x) => stack([x, 0.1]) },
  ],
  sumTo: [
    { name: "[2,3] to [3]", inputs: [normal([2, 3])], run: (x) => sumTo(x, [3]) },
    { name: "[4,2,3] to [2,1]", inputs: [normal([4, 2, 3])], run: (x) => sumTo(x, [2, 1]) },
    { name: "to a scalar", inputs: [normal([2, 3])], run: (x) => sumTo(x, []) },
  ],
  topK: [
    { name: "2 of 5", inputs: [distinct([5])], run: (x) => topK(x, 2).values },
    { name: "axis 0", inputs: [distinct([4, 2])], run: (x) => topK(x, 3, { axis: 0 }).values },
    {
      name: "ties take the first",
      inputs: [exact([1, 3, 3, 3])],
      run: (x) => topK(x, 2).values,
      values: [3, 3],
      gradients: [[0, 1, 1, 0]],
    },
    { name: "positions", inputs: [exact([1, 3, 2])], run: (x) => topK(x, 2).indices, values: [1, 2] },
    { name: "none", inputs: [distinct([3])], run: (x) => topK(x, 0).values, values: [] },
  ],
  variance: [
    { name: "all", inputs: [normal([2, 3])], run: (x) => variance(x) },
    { name: "axis −1 kept", inputs: [normal([2, 4])], run: (x) => variance(x, { axis: -1, keepDims: true }) },
    { name: "of one", inputs: [normal([1])], run: (x) => variance(x), values: [0] },
    { name: "unbiased", inputs: [exact([1, 2, 6])], run: (x) => variance(x, { ddof: 1 }), values: [7] },
    { name: "unbiased along an axis", inputs: [normal([3, 4])], run: (x) => variance(x, { axis: 0, ddof: 1 }) },
    { name: "far from zero", inputs: [exact([1e4, 1e4 + 1, 1e4 + 2])], run: (x) => variance(x), values: [2 / 3] },
  ],
} satisfies Record<string, readonly Sample[]>;
