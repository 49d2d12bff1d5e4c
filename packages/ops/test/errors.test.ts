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
  ["mul: 0.5 is not an int32; round first, or use a float dtype", DTypeError, () => ops.mul(int32(1), 0.5)],
  ["add: 4294967296 is not an int32; round first, or use a float dtype", DTypeError, () => ops.add(int32(1), 2 ** 32)],
  [
    "where: the condition is float32, not bool; compare first, as in greater(x, 0)",
    DTypeError,
    () => ops.where(zeros(2), 1, 0),
  ],
  // Creation
  ["zeros: not a shape: [-1]; lengths are non-negative integers", ShapeError, () => ops.zeros([-1])],
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
  [
    "linspace: the number of values is not an integer of 0 or more: -2; use 0 or more",
    ShapeError,
    () => ops.linspace(0, 1, -2),
  ],
  [
    "eye: the number of rows or columns is not an integer of 0 or more: -1; use 0 or more",
    ShapeError,
    () => ops.eye(2, -1),
  ],
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
  ["pad: the width is not an integer of 0 or more: -1; use 0 or more", ShapeError, () => ops.pad(zeros(2), [[1, -1]])],
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
  [
    "split: the number of parts is not an integer of 1 or more: -1; use 1 or more",
    ShapeError,
    () => ops.split(zeros(5), -1),
  ],
  [
    "split: the number of parts is not an integer of 1 or more: 2.5; use 1 or more",
    ShapeError,
    () => ops.split(zeros(5), 2.5),
  ],
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
  // What types would refuse: values where lists belong
  ["zeros: not a shape: 3; a shape is a list of lengths, as in [2, 3]", ShapeError, () => ops.zeros(untyped(3))],
  [
    "ones: not a shape: undefined; a shape is a list of lengths, as in [2, 3]",
    ShapeError,
    () => ops.ones(untyped(undefined)),
  ],
  [
    "Generator: not a shape: 3; a shape is a list of lengths, as in [2, 3]",
    ShapeError,
    () => new ops.Generator(1).normal(untyped(3)),
  ],
  ["reshape: the lengths are not a list: 6; write [2, 3]", ShapeError, () => ops.reshape(zeros(2, 3), untyped(6))],
  ["broadcastTo: the lengths are not a list: 6; write [2, 3]", ShapeError, () => ops.broadcastTo(1, untyped(6))],
  [
    "transpose: the axes are not a list: 0; write [1, 0]",
    ShapeError,
    () => Reflect.apply(ops.transpose, undefined, [zeros(2, 3), 0, 1]),
  ],
  ["slice: the positions are not a list: 1; write [0], [2]", ShapeError, () => ops.slice(zeros(2), untyped(1))],
  ["pad: the widths are not a list: 1; write [[1, 1]]", ShapeError, () => ops.pad(zeros(1), untyped(1))],
  ["pad: the widths are not a list: 1; write [[1, 1]]", ShapeError, () => ops.pad(zeros(1), untyped([1]))],
  [
    "concat: the tensors are not a list: Tensor; write concat([a, b])",
    ShapeError,
    () => ops.concat(untyped(zeros(1, 2))),
  ],
  ["stack: the tensors are not a list: null; write stack([a, b])", ShapeError, () => ops.stack(untyped(null))],
  [
    'split: the parts are not a list: "2"; write a number or a list of lengths',
    ShapeError,
    () => ops.split(zeros(2), untyped("2")),
  ],
  [
    "sum: the axes are not a list: Tensor; write an integer or a list of them",
    ShapeError,
    () => ops.sum(zeros(2), { axis: untyped(tensor(0)) }),
  ],
  ['einsum: the first argument is not an equation; write it as "ij,jk->ik"', ShapeError, () => ops.einsum(untyped(1))],
  // … options by position, or misspelt
  [
    "sum: the options are not an object: 1; name them, as in { axis: 1 }",
    TapegradError,
    () => ops.sum(zeros(2, 3), untyped(1)),
  ],
  [
    "concat: the options are not an object: 1; name them, as in { axis: 1 }",
    TapegradError,
    () => ops.concat([zeros(1, 2), zeros(1, 2)], untyped(1)),
  ],
  [
    "max: the options are not an object: [0,1]; name them, as in { axis: [0,1] }",
    TapegradError,
    () => ops.max(zeros(2, 3), untyped([0, 1])),
  ],
  [
    "max: the options are not an object: Tensor; name them, as in { axis: … }",
    TapegradError,
    () => ops.max(zeros(2), untyped(zeros(2))),
  ],
  [
    "zeros: the options are not an object: null; name them, as in { dtype: … }",
    TapegradError,
    () => ops.zeros([1], untyped(null)),
  ],
  ["sum: unknown option axes; use axis, keepDims", TapegradError, () => ops.sum(zeros(2), untyped({ axes: 1 }))],
  ["softmax: unknown option dim; use axis", TapegradError, () => ops.softmax(zeros(2), untyped({ dim: 1 }))],
  ["zeros: unknown option dType; use dtype, like", TapegradError, () => ops.zeros([1], untyped({ dType: "int32" }))],
  // … and wrong values
  [
    "zeros: unknown dtype float8; use one of bool, int32, float16, float32, float64",
    DTypeError,
    () => ops.zeros([1], untyped({ dtype: "float8" })),
  ],
  [
    "arange: unknown dtype int64; use one of bool, int32, float16, float32, float64",
    DTypeError,
    () => ops.arange(0, 3, 1, untyped({ dtype: "int64" })),
  ],
  [
    "cast: unknown dtype int; use one of bool, int32, float16, float32, float64",
    DTypeError,
    () => ops.cast(zeros(1), untyped("int")),
  ],
  [
    "Generator: no random int32; use float32 or float64, or bits for integers",
    DTypeError,
    () => new ops.Generator(1).uniform([1], untyped({ dtype: "int32" })),
  ],
  ["full: the value is not a number: Tensor; use a plain number", DTypeError, () => ops.full([1], untyped(tensor(1)))],
];

/** As a caller without types would pass it. */
function untyped(value: unknown): never {
  return value as never; // The point of these tests.
}

/** Every op with options, called with them by position and with one that no op has. */
const withOptions: Readonly<Record<string, (options: never) => unknown>> = {
  arange: (options) => ops.arange(0, 2, 1, options),
  argmax: (options) => ops.argmax(zeros(2), options),
  argmin: (options) => ops.argmin(zeros(2), options),
  argsort: (options) => ops.argsort(zeros(2), options),
  concat: (options) => ops.concat([zeros(2)], options),
  cumsum: (options) => ops.cumsum(zeros(2), options),
  expandDims: (options) => ops.expandDims(zeros(2), options),
  eye: (options) => ops.eye(2, 2, options),
  flip: (options) => ops.flip(zeros(2), options),
  full: (options) => ops.full([2], 0, options),
  gather: (options) => ops.gather(zeros(2), int32(0), options),
  indexAdd: (options) => ops.indexAdd(zeros(2), int32(0), zeros(1), options),
  linspace: (options) => ops.linspace(0, 1, 2, options),
  logSoftmax: (options) => ops.logSoftmax(zeros(2), options),
  logSumExp: (options) => ops.logSumExp(zeros(2), options),
  matmul: (options) => ops.matmul(zeros(2, 2), zeros(2, 2), options),
  max: (options) => ops.max(zeros(2), options),
  mean: (options) => ops.mean(zeros(2), options),
  min: (options) => ops.min(zeros(2), options),
  oneHot: (options) => ops.oneHot(int32(0), 2, options),
  ones: (options) => ops.ones([2], options),
  pad: (options) => ops.pad(zeros(2), [[1, 1]], options),
  prod: (options) => ops.prod(zeros(2), options),
  scatterAdd: (options) => ops.scatterAdd(zeros(2), int32(0), zeros(1), options),
  softmax: (options) => ops.softmax(zeros(2), options),
  sort: (options) => ops.sort(zeros(2), options),
  split: (options) => ops.split(zeros(2), 2, options),
  squeeze: (options) => ops.squeeze(zeros(1), options),
  stack: (options) => ops.stack([zeros(2)], options),
  sum: (options) => ops.sum(zeros(2), options),
  take: (options) => ops.take(zeros(2), int32(0), options),
  topK: (options) => ops.topK(zeros(2), 1, options),
  variance: (options) => ops.variance(zeros(2), options),
  zeros: (options) => ops.zeros([2], options),
};

test.each(Object.entries(withOptions))(
  "%s refuses options by position, and unknown ones, in its own name",
  (name, run) => {
    expect(() => run(untyped(1))).toThrow(`${name}: the options are not an object: 1; name them, as in { `);
    expect(() => run(untyped({ bogus: 1 }))).toThrow(`${name}: unknown option bogus; use `);
  },
);

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
