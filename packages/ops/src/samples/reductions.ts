/** Samples of the primitives that reduce along axes, and of running sums. */
import type { Shape, Tensor } from "@tapegrad/core";
import { argmax, argmin, cumsum, logSumExp, max, min, type ReductionOptions, sum } from "../index.ts";
import { bool, distinct, exact, int32, normal, type Sample, type SampleInput } from "./inputs.ts";

function reduction(
  op: (x: Tensor, options?: ReductionOptions) => Tensor,
  make: (shape: Shape) => SampleInput,
  edges: readonly Sample[],
): readonly Sample[] {
  const over = (shape: Shape, options: ReductionOptions): Sample => ({
    name: `[${shape}] over ${JSON.stringify(options)}`,
    inputs: [make(shape)],
    run: (x) => op(x, options),
  });
  return [
    over([], {}),
    over([5], {}),
    over([2, 3], {}),
    over([2, 3], { axis: 0 }),
    over([2, 3], { axis: -1, keepDims: true }),
    over([2, 3, 4], { axis: [0, -1] }),
    over([2, 3, 4], { axis: 1 }),
    over([2, 1, 4], { axis: [1, 2], keepDims: true }),
    over([2, 3], { axis: [] }),
    over([0, 3], { axis: 1 }),
    over([2, 0], { axis: 0 }),
    ...edges,
  ];
}

function argReduction(op: typeof argmax, values: readonly number[]): readonly Sample[] {
  return [
    { name: "flattened", inputs: [distinct([2, 3])], run: (x) => op(x) },
    { name: "rank 0", inputs: [distinct([])], run: (x) => op(x), values: [0] },
    { name: "axis 0", inputs: [distinct([3, 4])], run: (x) => op(x, { axis: 0 }) },
    { name: "axis −1, kept", inputs: [distinct([2, 3, 4])], run: (x) => op(x, { axis: -1, keepDims: true }) },
    { name: "flattened, kept", inputs: [distinct([2, 3])], run: (x) => op(x, { keepDims: true }) },
    { name: "no rows", inputs: [distinct([0, 3])], run: (x) => op(x, { axis: 1 }), values: [] },
    {
      name: "ties take the first, NaN wins",
      inputs: [exact([1, 3, 3, 2, 1, 1, 2, NaN, NaN], { shape: [3, 3] })],
      run: (x) => op(x, { axis: 1 }),
      values,
    },
    { name: "int32", inputs: [int32([4, -7, 9, -7, 9])], run: (x) => op(x), values: [op === argmax ? 2 : 1] },
    { name: "bool", inputs: [bool([0, 1, 0, 1])], run: (x) => op(x), values: [op === argmax ? 1 : 0] },
  ];
}

export const reductionSamples = {
  argmax: argReduction(argmax, [1, 0, 1]),
  argmin: argReduction(argmin, [0, 1, 1]),
  cumsum: [
    { name: "[5]", inputs: [normal([5])], run: (x) => cumsum(x) },
    { name: "axis 0", inputs: [normal([3, 2])], run: (x) => cumsum(x, { axis: 0 }) },
    { name: "reverse, middle axis", inputs: [normal([2, 3, 2])], run: (x) => cumsum(x, { axis: -2, reverse: true }) },
    { name: "empty", inputs: [normal([2, 0])], run: (x) => cumsum(x) },
    {
      name: "int32 wraps",
      inputs: [int32([2 ** 31 - 1, 1, 1])],
      run: (x) => cumsum(x),
      values: [2 ** 31 - 1, -(2 ** 31), 1 - 2 ** 31],
    },
  ],
  logSumExp: reduction(logSumExp, normal, [
    { name: "±1e4", inputs: [exact([1e4, 1e4 - 1, -1e4])], run: (x) => logSumExp(x) },
    { name: "with −∞", inputs: [exact([0, -Infinity, 1])], run: (x) => logSumExp(x) },
    {
      name: "of −∞ alone",
      inputs: [exact([-Infinity, -Infinity])],
      run: (x) => logSumExp(x),
      values: [-Infinity],
      gradients: [[0, 0]],
    },
    {
      name: "of nothing",
      inputs: [normal([2, 0])],
      run: (x) => logSumExp(x, { axis: 1 }),
      values: [-Infinity, -Infinity],
      gradients: [[]],
    },
    { name: "with ∞", inputs: [exact([1, Infinity])], run: (x) => logSumExp(x), values: [Infinity] },
    { name: "int32 becomes float", inputs: [int32([0, 0])], run: (x) => logSumExp(x) },
  ]),
  max: reduction(max, distinct, [
    {
      name: "ties share",
      inputs: [exact([1, 3, 3, 2, 2, 2], { shape: [2, 3] })],
      run: (x) => max(x, { axis: 1 }),
      values: [3, 2],
      gradients: [[0, 0.5, 0.5, 1 / 3, 1 / 3, 1 / 3]],
    },
    {
      name: "of nothing",
      inputs: [normal([2, 0])],
      run: (x) => max(x, { axis: 1 }),
      values: [-Infinity, -Infinity],
      gradients: [[]],
    },
    { name: "NaN wins", inputs: [exact([1, NaN, 2])], run: (x) => max(x), values: [NaN] },
    { name: "int32", inputs: [int32([-3, 7, 5])], run: (x) => max(x), values: [7] },
    { name: "bool", inputs: [bool([0, 1])], run: (x) => max(x), values: [1] },
    { name: "int32 of nothing", inputs: [int32([], [0])], run: (x) => max(x), values: [-(2 ** 31)] },
  ]),
  min: reduction(min, distinct, [
    { name: "ties share", inputs: [exact([1, 3, 1])], run: (x) => min(x), values: [1], gradients: [[0.5, 0, 0.5]] },
    { name: "of nothing", inputs: [normal([0])], run: (x) => min(x), values: [Infinity], gradients: [[]] },
    { name: "NaN wins", inputs: [exact([1, NaN, 2])], run: (x) => min(x), values: [NaN] },
    { name: "int32", inputs: [int32([-3, 7, 5])], run: (x) => min(x), values: [-3] },
    { name: "int32 of nothing", inputs: [int32([], [0])], run: (x) => min(x), values: [2 ** 31 - 1] },
  ]),
  sum: reduction(sum, normal, [
    { name: "of nothing", inputs: [normal([2, 0])], run: (x) => sum(x, { axis: 1 }), values: [0, 0] },
    { name: "int32 wraps", inputs: [int32([2 ** 31 - 1, 1])], run: (x) => sum(x), values: [-(2 ** 31)] },
    { name: "bools count", inputs: [bool([1, 1, 0, 1])], run: (x) => sum(x), values: [3] },
    { name: "one large element", inputs: [exact([1e4, 1e-3, -1e4, 1])], run: (x) => sum(x) },
  ]),
} satisfies Record<string, readonly Sample[]>;
