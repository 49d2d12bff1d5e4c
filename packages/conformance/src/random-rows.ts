/** Tables of integers and floats in random Programs, read and added to by index. Some indices are out of range. */
import type { Tensor } from "@tapegrad/core";
import {
  add,
  cast,
  cumsum,
  equal,
  floor,
  indexAdd,
  matmul,
  mul,
  pad,
  reshape,
  scatterAdd,
  sin,
  slice,
  sub,
  sum,
  take,
  tanh,
  where,
  zeros,
  zerosLike,
} from "@tapegrad/ops";
import { dtypeOf, fit, pick } from "./random-pieces.ts";

/** Indices of which some are out of range, on either side. */
function indicesOutside(x: Tensor, length: number): Tensor {
  return cast(floor(add(mul(tanh(x), length + 1.37), 0.123 + length / 3)), "int32");
}

/** Integers of all sizes, so that sums and products of them wrap. */
function integersOf(x: Tensor, c: number): Tensor {
  return mul(cast(floor(add(mul(tanh(x), 5.37), 0.123)), "int32"), c % 2 === 0 ? 1 : 715_827_881);
}

/** `x` with another number for NaN, because every result that depends on a NaN would be NaN. */
function settled(x: Tensor): Tensor {
  return where(equal(x, x), x, 0.3);
}

/** What is made of integer rows `read` from a table, at indices some of which are out of range. */
const ofIntegers: readonly ((at: { table: Tensor; indices: Tensor; read: Tensor; row: Tensor }) => Tensor)[] = [
  ({ read, row }) => add(read, row),
  ({ read, table }) => matmul(read, table, { transposeRight: true }),
  ({ read, row, table, indices }) => indexAdd(table, indices, mul(read, row)),
  ({ read, indices }) => add(sum(read, { axis: 0 }), sum(indexAdd(zeros([3, 2], { dtype: "int32" }), indices, read))),
  ({ read, row }) => cumsum(sub(row, read), { axis: 0 }),
  ({ read, row }) =>
    add(
      pad(read, [
        [0, 0],
        [0, 2],
      ]),
      pad(add(read, row), [
        [0, 0],
        [2, 0],
      ]),
    ),
  ({ read, indices }) => {
    const column = sub(reshape(indices, [5, 1]), 1);
    return add(read, scatterAdd(zeros([5, 2], { dtype: "int32" }), column, slice(read, [0, 0], [5, 1])));
  },
];

/** What is made of rows of floats, of which those that an index out of range reads are NaN. */
const ofRows: readonly ((at: { table: Tensor; indices: Tensor; x: Tensor; y: Tensor }) => Tensor)[] = [
  ({ table, indices, y }) => add(take(table, indices), fit(y, [3])),
  ({ table, indices, y }) => matmul(take(table, indices), fit(y, [3, 2])),
  ({ table, indices, y }) => matmul(settled(take(table, indices)), fit(y, [5, 2]), { transposeLeft: true }),
  ({ table, indices, x }) => indexAdd(table, indices, matmul(fit(x, [5, 2]), fit(x, [2, 3]))),
  ({ table, indices, x }) => {
    const updates = sin(fit(x, [5, 3]));
    const added = indexAdd(zerosLike(table), indices, updates);
    return add(added, sum(updates, { axis: 0 }));
  },
];

/** A value computed from rows of a table of integers; some indices are out of range. */
export function integerRows(x: Tensor, y: Tensor, c: number): Tensor {
  const [table, indices] = [integersOf(fit(x, [3, 2]), c), indicesOutside(fit(y, [5]), 3)];
  const made = pick(ofIntegers, c)({ table, indices, read: take(table, indices), row: integersOf(fit(y, [2]), c) });
  return mul(tanh(mul(cast(made, dtypeOf(x)), c % 2 === 0 ? 0.07 : 7e-10)), add(sum(x), 0.5));
}

/** A value computed from rows of a table of floats; some indices are out of range. */
export function rowsOutside(x: Tensor, y: Tensor, c: number): Tensor {
  const table = fit(x, [2, 3]);
  return settled(pick(ofRows, c)({ table, indices: indicesOutside(fit(y, [5]), 2), x, y }));
}
