/** Every message that ops throw, word for word. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { DTypeError, ShapeError, setBackend, TapegradError, tensor } from "@tapegrad/core";
import { beforeAll, expect, test } from "vitest";
import * as ops from "../src/index.ts";

beforeAll(() => setBackend(cpuBackend));

const zeros = (...shape: number[]) => ops.zeros(shape);
const int32 = (...values: number[]) => tensor(values, { dtype: "int32" });

type Thrown = readonly [message: string, kind: typeof TapegradError, run: () => unknown];

const thrown: readonly Thrown[] = [
  // Operands
  [
    "add: shapes do not broadcast: [2,3] and [2,4] (axis -1: 3 ≠ 4); lengths along an axis must be equal or 1",
    ShapeError,
    () => ops.add(zeros(2, 3), zeros(2, 4)),
  ],
  [
    "where: shapes do not broadcast: [2] and [3] and [] (axis -1: 2 ≠ 3); lengths along an axis must be equal or 1",
    ShapeError,
    () => ops.where(ops.equal(zeros(2), 0), zeros(3), 1),
  ],
  ["mul: 0.5 is not an int32; cast the tensor to a float dtype first", DTypeError, () => ops.mul(int32(1), 0.5)],
  [
    "add: 4294967296 is not an int32; cast the tensor to a float dtype first",
    DTypeError,
    () => ops.add(int32(1), 2 ** 32),
  ],
  [
    "where: the condition is float32, not bool; compare first, as in greater(x, 0)",
    DTypeError,
    () => ops.where(zeros(2), 1, 0),
  ],
  // Creation
  ["full: not a shape: [-1]; lengths are non-negative integers", ShapeError, () => ops.zeros([-1])],
  [
    "full: 0.5 is not an int32; round first, or use a float dtype",
    DTypeError,
    () => ops.full([1], 0.5, { dtype: "int32" }),
  ],
  [
    "arange: no such range: 0 to 3 in steps of 0; use finite ends and a step other than 0",
    ShapeError,
    () => ops.arange(0, 3, 0),
  ],
  [
    "arange: no such range: 0 to Infinity in steps of 1; use finite ends and a step other than 0",
    ShapeError,
    () => ops.arange(Infinity),
  ],
  ["linspace: not a shape: [-2]; lengths are non-negative integers", ShapeError, () => ops.linspace(0, 1, -2)],
  ["eye: not a shape: [2,-1]; lengths are non-negative integers", ShapeError, () => ops.eye(2, -1)],
  ["Generator: not a seed: -1; use an integer from 0 to 2^53 − 1", TapegradError, () => new ops.Generator(-1)],
  ["Generator: not a seed: 0.5; use an integer from 0 to 2^53 − 1", TapegradError, () => new ops.Generator(0.5)],
  [
    "Generator: not a shape: [-1]; lengths are non-negative integers",
    ShapeError,
    () => new ops.Generator(1).uniform([-1]),
  ],
  // Shapes
  [
    "reshape: sizes differ: [2,3] to [4] (6 ≠ 4); keep the number of elements",
    ShapeError,
    () => ops.reshape(zeros(2, 3), [4]),
  ],
  [
    "reshape: sizes differ: [2,3] to [-1,4] (6 ≠ 4); keep the number of elements",
    ShapeError,
    () => ops.reshape(zeros(2, 3), [-1, 4]),
  ],
  [
    "reshape: not a shape: [-2,-2]; lengths are non-negative integers",
    ShapeError,
    () => ops.reshape(zeros(4), [-2, -2]),
  ],
  ["squeeze: axis 0 is not of length 1: [2,1] (2 ≠ 1)", ShapeError, () => ops.squeeze(zeros(2, 1), { axis: 0 })],
  [
    "expandDims: axis 3 is out of range: [2,1]; use an integer from -2 to 1",
    ShapeError,
    () => ops.expandDims(zeros(2), { axis: 3 }),
  ],
  [
    "broadcastTo: does not broadcast: [2,3] to [2,4] (axis -1: 3 ≠ 4)",
    ShapeError,
    () => ops.broadcastTo(zeros(2, 3), [2, 4]),
  ],
  ["broadcastTo: does not broadcast: [2,3] to [3] (rank 2 > 1)", ShapeError, () => ops.broadcastTo(zeros(2, 3), [3])],
  [
    "broadcastTo: not a shape: [-1]; lengths are non-negative integers",
    ShapeError,
    () => ops.broadcastTo(zeros(1), [-1]),
  ],
  [
    "transpose: axes [0,0] do not permute [2,3]; name each axis once",
    ShapeError,
    () => ops.transpose(zeros(2, 3), [0, 0]),
  ],
  ["transpose: axes [1] do not permute [2,3]; name each axis once", ShapeError, () => ops.transpose(zeros(2, 3), [1])],
  [
    "transpose: axis 2 is out of range: [2,3]; use an integer from -2 to 1",
    ShapeError,
    () => ops.transpose(zeros(2, 3), [2, 0]),
  ],
  // Windows
  ["slice: more positions than axes: [0,0] of [2]", ShapeError, () => ops.slice(zeros(2), [0, 0])],
  [
    "slice: steps must be positive integers: [-1]; use flip to go backwards",
    ShapeError,
    () => ops.slice(zeros(2), [0], [2], [-1]),
  ],
  ["slice: positions must be integers: [0.5] to []", ShapeError, () => ops.slice(zeros(2), [0.5])],
  ["slice: positions must be integers: [0] to [NaN]", ShapeError, () => ops.slice(zeros(2), [0], [NaN])],
  [
    "pad: widths do not fit [2]: [[1,-1]]; give [before, after] ≥ 0 for each axis",
    ShapeError,
    () => ops.pad(zeros(2), [[1, -1]]),
  ],
  ["pad: widths do not fit [2]: []; give [before, after] ≥ 0 for each axis", ShapeError, () => ops.pad(zeros(2), [])],
  ["concat: no tensors; pass at least one", ShapeError, () => ops.concat([])],
  [
    "concat: shapes differ off axis 0: [1,2] and [1,3] (axis 1: 2 ≠ 3); only the joined axis may differ",
    ShapeError,
    () => ops.concat([zeros(1, 2), zeros(1, 3)]),
  ],
  [
    "concat: shapes differ off axis 0: [1,2] and [1] (rank 2 ≠ 1); only the joined axis may differ",
    ShapeError,
    () => ops.concat([zeros(1, 2), zeros(1)]),
  ],
  ["concat: axis 0 is out of range: []; a scalar has no axes", ShapeError, () => ops.concat([1, 2])],
  ["split: axis 0 of [5] does not split into 2; the lengths must add up", ShapeError, () => ops.split(zeros(5), 2)],
  [
    "split: axis 0 of [5] does not split into [1,2]; the lengths must add up",
    ShapeError,
    () => ops.split(zeros(5), [1, 2]),
  ],
  [
    "split: axis 0 of [5] does not split into [6,-1]; the lengths must add up",
    ShapeError,
    () => ops.split(zeros(5), [6, -1]),
  ],
  ["split: axis 0 of [5] does not split into -1; the lengths must add up", ShapeError, () => ops.split(zeros(5), -1)],
  ["split: axis 0 of [5] does not split into 2.5; the lengths must add up", ShapeError, () => ops.split(zeros(5), 2.5)],
  // Reductions
  [
    "sum: axis 2 is out of range: [2,3]; use an integer from -2 to 1",
    ShapeError,
    () => ops.sum(zeros(2, 3), { axis: 2 }),
  ],
  ["max: axes repeat: [0,0] of [2,3]; name each axis once", ShapeError, () => ops.max(zeros(2, 3), { axis: [0, -2] })],
  ["prod: axes repeat: [0,0] of [2,3]; name each axis once", ShapeError, () => ops.prod(zeros(2, 3), { axis: [0, 0] })],
  [
    "argmax: axis -1 is empty: [2,0]; there is no position to return",
    ShapeError,
    () => ops.argmax(zeros(2, 0), { axis: 1 }),
  ],
  ["argmin: axis -1 is empty: [0]; there is no position to return", ShapeError, () => ops.argmin(zeros(0))],
  // Matmul
  [
    "matmul: inner dimensions differ: [2,3] × [4,5] (3 ≠ 4); transpose the right operand?",
    ShapeError,
    () => ops.matmul(zeros(2, 3), zeros(4, 5)),
  ],
  [
    "matmul: inner dimensions differ: [3,2]ᵀ × [5,4]ᵀ (3 ≠ 4); transpose the right operand?",
    ShapeError,
    () => ops.matmul(zeros(3, 2), zeros(5, 4), { transposeLeft: true, transposeRight: true }),
  ],
  [
    "matmul: inner dimensions differ: [6,2,3] × [4,5] (3 ≠ 4); transpose the right operand?",
    ShapeError,
    () => ops.matmul(zeros(6, 2, 3), zeros(4, 5)),
  ],
  [
    "matmul: shapes do not broadcast: [2] and [3] (axis -1: 2 ≠ 3); lengths along an axis must be equal or 1",
    ShapeError,
    () => ops.matmul(zeros(2, 1, 1), zeros(3, 1, 1)),
  ],
  ["matmul: a scalar is no matrix: [] × [2]; use mul", ShapeError, () => ops.matmul(1, zeros(2))],
  // Einsum
  [
    'einsum: the equation does not fit 1 operands: ij,jk->ik; write it as "ij,jk->ik"',
    ShapeError,
    () => ops.einsum("ij,jk->ik", zeros(2, 2)),
  ],
  [
    'einsum: the equation does not fit 1 operands: i1->i; write it as "ij,jk->ik"',
    ShapeError,
    () => ops.einsum("i1->i", zeros(2, 2)),
  ],
  [
    "einsum: the result's letters are not distinct letters of the operands: ij->k",
    ShapeError,
    () => ops.einsum("ij->k", zeros(2, 2)),
  ],
  [
    "einsum: the result's letters are not distinct letters of the operands: ij->ii",
    ShapeError,
    () => ops.einsum("ij->ii", zeros(2, 2)),
  ],
  ["einsum: ij->i names 2 axes: [2] (2 ≠ 1)", ShapeError, () => ops.einsum("ij->i", zeros(2))],
  [
    "einsum: axis j of ij,jk->ik has two lengths: [2,3] and [4,5] (3 ≠ 4)",
    ShapeError,
    () => ops.einsum("ij,jk->ik", zeros(2, 3), zeros(4, 5)),
  ],
  // Indices
  [
    'gather: indices are float32, not int32; make them with { dtype: "int32" } or cast',
    DTypeError,
    () => ops.gather(zeros(2), tensor([0])),
  ],
  [
    'take: indices are bool, not int32; make them with { dtype: "int32" } or cast',
    DTypeError,
    () => ops.take(zeros(2), tensor([true])),
  ],
  [
    "gather: ranks differ: [2,3] and indices [1] (2 ≠ 1); give the indices every axis of x",
    ShapeError,
    () => ops.gather(zeros(2, 3), int32(0)),
  ],
  [
    "scatterAdd: ranks differ: [2,3] and indices [1] (2 ≠ 1); give the indices every axis of x",
    ShapeError,
    () => ops.scatterAdd(zeros(2, 3), int32(0), 1),
  ],
  ["topK: no 3 largest along axis 0 of [2] (3 > 2); use a k from 0 to 2", ShapeError, () => ops.topK(zeros(2), 3)],
  ["cumsum: axis -1 is out of range: []; a scalar has no axes", ShapeError, () => ops.cumsum(1)],
];

test.each(thrown)("%s", (message, kind, run) => {
  let error: unknown;
  try {
    run();
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(kind);
  expect(error).toMatchObject({ message, name: kind.name });
});
