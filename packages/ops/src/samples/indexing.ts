/** Samples of the primitives that read, add and sort by index. */
import { apply } from "@tapegrad/core";
import { argsort, gather, primitives, scatterAdd, take } from "../index.ts";
import { distinct, exact, indices, int32, normal, type Sample } from "./inputs.ts";

/** Reading and adding along an axis, where −1 and `length` are out of range and indices repeat. */
const wild = [0, 2, 2, -1, 3, 1];

export const indexingSamples = {
  argsort: [
    {
      name: "[5]",
      inputs: [distinct([5])],
      run: (x) => apply(primitives.argsort, [x], { axis: -1, descending: false }),
    },
    { name: "axis 0", inputs: [distinct([3, 2])], run: (x) => argsort(x, { axis: 0, descending: true }) },
    { name: "empty axis", inputs: [distinct([2, 0])], run: (x) => argsort(x), values: [] },
    {
      name: "stable, NaN last",
      inputs: [exact([2, NaN, 1, 2, -Infinity, 1])],
      run: (x) => argsort(x),
      values: [4, 2, 5, 0, 3, 1],
    },
    {
      name: "descending: stable, NaN first",
      inputs: [exact([2, NaN, 1, 2, -Infinity, 1])],
      run: (x) => argsort(x, { descending: true }),
      values: [1, 0, 3, 2, 5, 4],
    },
    { name: "int32", inputs: [int32([3, -1, 3])], run: (x) => argsort(x), values: [1, 0, 2] },
  ],
  gather: [
    { name: "last axis", inputs: [normal([2, 4]), indices(4, [2, 3])], run: (x, at) => gather(x, at) },
    { name: "axis 0", inputs: [normal([4, 2]), indices(4, [3, 2])], run: (x, at) => gather(x, at, { axis: 0 }) },
    { name: "indices broadcast", inputs: [normal([3, 4]), indices(4, [1, 2])], run: (x, at) => gather(x, at) },
    { name: "repeated", inputs: [normal([3]), int32([1, 1, 1, 0])], run: (x, at) => gather(x, at) },
    { name: "no indices", inputs: [normal([3]), int32([])], run: (x, at) => gather(x, at), values: [] },
    {
      name: "out of range reads NaN",
      inputs: [exact([5, 6, 7]), int32(wild)],
      run: (x, at) => gather(x, at),
      values: [5, 7, 7, NaN, NaN, 6],
      gradients: [[1, 1, 2], []],
    },
    {
      name: "int32: out of range reads 0",
      inputs: [int32([5, 6, 7]), int32(wild)],
      run: (x, at) => gather(x, at),
      values: [5, 7, 7, 0, 0, 6],
    },
  ],
  indexAdd: [
    {
      name: "rows, repeated and out of range",
      inputs: [normal([3, 2]), int32(wild), normal([6, 2])],
      run: (x, at, updates) => apply(primitives.indexAdd, [x, at, updates], { axis: -2 }),
    },
    {
      name: "columns by a matrix of indices",
      inputs: [normal([2, 4]), indices(4, [2, 3]), normal([2, 2, 3])],
      run: (x, at, updates) => apply(primitives.indexAdd, [x, at, updates], { axis: -1 }),
    },
    {
      name: "one scalar index",
      inputs: [normal([3, 2]), int32([1], []), normal([2])],
      run: (x, at, updates) => apply(primitives.indexAdd, [x, at, updates], { axis: -2 }),
    },
    {
      name: "int32",
      inputs: [int32([1, 2]), int32([1, 1]), int32([10, 20])],
      run: (x, at, updates) => apply(primitives.indexAdd, [x, at, updates], { axis: -1 }),
      values: [1, 32],
    },
  ],
  scatterAdd: [
    {
      name: "last axis",
      inputs: [normal([2, 4]), indices(4, [2, 3]), normal([2, 3])],
      run: (x, at, updates) => scatterAdd(x, at, updates),
    },
    {
      name: "axis 0, indices and updates broadcast",
      inputs: [normal([4, 2]), indices(4, [3, 1]), normal([2])],
      run: (x, at, updates) => scatterAdd(x, at, updates, { axis: 0 }),
    },
    {
      name: "repeated and out of range",
      inputs: [normal([3]), int32(wild), normal([6])],
      run: (x, at, updates) => scatterAdd(x, at, updates),
    },
    {
      name: "no updates",
      inputs: [normal([3]), int32([]), normal([0])],
      run: (x, at, updates) => scatterAdd(x, at, updates),
    },
    {
      name: "int32",
      inputs: [int32([0, 0]), int32([1, 1, 7]), int32([3, 4, 5])],
      run: (x, at, updates) => scatterAdd(x, at, updates),
      values: [0, 7],
    },
  ],
  take: [
    { name: "rows", inputs: [normal([4, 3]), indices(4, [5])], run: (x, at) => take(x, at) },
    { name: "rows by a matrix", inputs: [normal([4, 2]), indices(4, [2, 3])], run: (x, at) => take(x, at) },
    { name: "columns", inputs: [normal([2, 4, 2]), indices(4, [3])], run: (x, at) => take(x, at, { axis: 1 }) },
    { name: "last axis", inputs: [normal([2, 4]), indices(4, [3])], run: (x, at) => take(x, at, { axis: -1 }) },
    { name: "one row", inputs: [normal([4, 2]), int32([2], [])], run: (x, at) => take(x, at) },
    { name: "no rows", inputs: [normal([4, 2]), int32([])], run: (x, at) => take(x, at), values: [] },
    {
      name: "repeated, out of range reads NaN",
      inputs: [exact([5, 6, 7]), int32(wild)],
      run: (x, at) => take(x, at),
      values: [5, 7, 7, NaN, NaN, 6],
      gradients: [[1, 1, 2], []],
    },
    {
      name: "int32: out of range reads 0",
      inputs: [int32([5, 6, 7]), int32(wild)],
      run: (x, at) => take(x, at),
      values: [5, 7, 7, 0, 0, 6],
    },
  ],
} satisfies Record<string, readonly Sample[]>;
