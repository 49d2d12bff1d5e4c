/** Samples of the primitives that move elements or pass them on. */
import { apply } from "@tapegrad/core";
import { broadcastTo, concat, flip, pad, primitives, reshape, slice, stopGradient, transpose } from "../index.ts";
import { alias } from "../internal.ts";
import { bool, bools, exact, int32, normal, type Sample } from "./inputs.ts";

export const movementSamples = {
  alias: [
    { name: "[2,3]", inputs: [normal([2, 3])], run: alias },
    { name: "empty", inputs: [normal([0])], run: alias },
    { name: "int32", inputs: [int32([1])], run: alias, values: [1] },
  ],
  broadcastTo: [
    { name: "[] to [2,3]", inputs: [normal([])], run: (x) => broadcastTo(x, [2, 3]) },
    { name: "[3] to [2,3]", inputs: [normal([3])], run: (x) => broadcastTo(x, [2, 3]) },
    { name: "[2,1] to [4,2,3]", inputs: [normal([2, 1])], run: (x) => broadcastTo(x, [4, 2, 3]) },
    { name: "to nothing", inputs: [normal([1, 3])], run: (x) => broadcastTo(x, [0, 3]) },
    { name: "int32", inputs: [int32([7], [1])], run: (x) => broadcastTo(x, [3]), values: [7, 7, 7] },
  ],
  concat: [
    { name: "[2] and [3]", inputs: [normal([2]), normal([3])], run: (a, b) => concat([a, b]) },
    {
      name: "three along axis −1",
      inputs: [normal([2, 1]), normal([2, 3]), normal([2, 2])],
      run: (...parts) => concat(parts, { axis: -1 }),
    },
    { name: "middle axis", inputs: [normal([2, 1, 3]), normal([2, 2, 3])], run: (a, b) => concat([a, b], { axis: 1 }) },
    { name: "with nothing", inputs: [normal([0, 2]), normal([3, 2])], run: (a, b) => concat([a, b]) },
    { name: "one tensor twice", inputs: [normal([2])], run: (x) => concat([x, x]) },
    {
      name: "int32",
      inputs: [int32([1]), int32([2, 3])],
      run: (a, b) => concat([a, b]),
      values: [1, 2, 3],
    },
    { name: "bool", inputs: [bool([1]), bool([0])], run: (a, b) => concat([a, b]), values: [1, 0] },
  ],
  flip: [
    { name: "all axes", inputs: [normal([2, 3])], run: (x) => flip(x) },
    { name: "axis −1", inputs: [normal([2, 3])], run: (x) => flip(x, { axis: -1 }) },
    { name: "two of three axes", inputs: [normal([2, 3, 2])], run: (x) => flip(x, { axis: [0, 2] }) },
    { name: "rank 0", inputs: [normal([])], run: (x) => flip(x) },
    { name: "empty", inputs: [normal([2, 0])], run: (x) => flip(x) },
    { name: "bool", inputs: [bool([1, 0, 0])], run: (x) => flip(x), values: [0, 0, 1] },
  ],
  pad: [
    { name: "[3] by [1,2]", inputs: [normal([3])], run: (x) => pad(x, [[1, 2]]) },
    {
      name: "[2,3] by [0,1] and [2,0]",
      inputs: [normal([2, 3])],
      run: (x) =>
        pad(x, [
          [0, 1],
          [2, 0],
        ]),
    },
    { name: "rank 0", inputs: [normal([])], run: (x) => pad(x, []) },
    { name: "around nothing", inputs: [normal([0])], run: (x) => pad(x, [[1, 1]]), values: [0, 0] },
    {
      name: "zeros between",
      inputs: [normal([3, 2])],
      run: (x) => apply(primitives.pad, [x], { low: [1, 0], high: [0, 2], interior: [2, 1] }),
    },
    { name: "int32", inputs: [int32([4])], run: (x) => pad(x, [[1, 0]]), values: [0, 4] },
    { name: "bool", inputs: [bool([1])], run: (x) => pad(x, [[1, 0]]), values: [0, 1] },
  ],
  reshape: [
    { name: "[2,3] to [3,2]", inputs: [normal([2, 3])], run: (x) => reshape(x, [3, 2]) },
    { name: "to itself", inputs: [normal([2])], run: (x) => reshape(x, [2]) },
    { name: "inferred length", inputs: [normal([2, 3, 2])], run: (x) => reshape(x, [-1, 4]) },
    { name: "[1,1] to []", inputs: [normal([1, 1])], run: (x) => reshape(x, []) },
    { name: "empty", inputs: [normal([0, 3])], run: (x) => reshape(x, [3, 0, 2]), values: [] },
    { name: "bool", inputs: [bools([4])], run: (x) => reshape(x, [2, 2]) },
  ],
  slice: [
    { name: "[5] from 1 to 4", inputs: [normal([5])], run: (x) => slice(x, [1], [4]) },
    { name: "steps", inputs: [normal([7])], run: (x) => slice(x, [1], [7], [3]) },
    { name: "steps that end short", inputs: [normal([6, 5])], run: (x) => slice(x, [0, 1], [6, 5], [4, 2]) },
    { name: "negative positions", inputs: [normal([2, 5])], run: (x) => slice(x, [-1, -4], [2, -1]) },
    { name: "axes left out", inputs: [normal([3, 2, 2])], run: (x) => slice(x, [1]) },
    { name: "clamped", inputs: [normal([3])], run: (x) => slice(x, [-9], [9]) },
    { name: "nothing", inputs: [normal([3, 2])], run: (x) => slice(x, [2], [1]), values: [] },
    { name: "rank 0", inputs: [normal([])], run: (x) => slice(x, []) },
    { name: "int32", inputs: [int32([1, 2, 3, 4])], run: (x) => slice(x, [0], [4], [2]), values: [1, 3] },
    { name: "bool", inputs: [bool([1, 0, 1])], run: (x) => slice(x, [1]), values: [0, 1] },
  ],
  stopGradient: [
    { name: "[3]", inputs: [exact([1, 2, 3])], run: stopGradient, values: [1, 2, 3], gradients: [[0, 0, 0]] },
    { name: "int32", inputs: [int32([1])], run: stopGradient, values: [1] },
  ],
  transpose: [
    { name: "[2,3]", inputs: [normal([2, 3])], run: (x) => transpose(x) },
    { name: "[2,3,4] by 1, 2, 0", inputs: [normal([2, 3, 4])], run: (x) => transpose(x, [1, 2, 0]) },
    { name: "negative axes", inputs: [normal([2, 1, 3])], run: (x) => transpose(x, [-1, 0, -2]) },
    { name: "rank 0", inputs: [normal([])], run: (x) => transpose(x) },
    { name: "empty", inputs: [normal([2, 0])], run: (x) => transpose(x), values: [] },
    { name: "int32", inputs: [int32([1, 2, 3, 4], [2, 2])], run: (x) => transpose(x), values: [1, 3, 2, 4] },
    { name: "bool", inputs: [bool([1, 0], [1, 2])], run: (x) => transpose(x), values: [1, 0] },
  ],
} satisfies Record<string, readonly Sample[]>;
