/**
 * Products of rows that are read from a table. If the table has fewer rows than are read, it costs less to multiply the table
 * first: `take(E, i)·W = take(E·W, i)`. The same holds for adding a bias, and for the two gradient forms, which first add up
 * the cotangents of equal rows. A character model has some hundred rows and thousands of tokens. The laws hold for every dtype
 * unless a law says otherwise, and for indices out of range. A row that no index names is left out of sums, even if it holds
 * NaN.
 */
import { isFloat, type Shape, sizeOf, type Tensor } from "@tapegrad/core";
import {
  add,
  cast,
  full,
  greater,
  greaterEqual,
  indexAdd,
  less,
  logicalAnd,
  matmul,
  min,
  onesLike,
  reshape,
  take,
  transpose,
  where,
  zeros,
} from "@tapegrad/ops";
import { byLaws, type LawPass } from "../rewrite/by-laws.ts";
import type { Law } from "../rewrite/origins.ts";
import { madeBy, type Origin } from "../rewrite/primitive-node.ts";

/** `take(table, indices)` by rows of a matrix. */
function rowsRead(origin: Origin | undefined): { table: Tensor; indices: Tensor } | undefined {
  if (origin?.name !== "take" || origin.attributes.axis !== -2) return undefined;
  const [table, indices] = origin.operands;
  return table.rank === 2 ? { table, indices } : undefined;
}

/** The rows of `updates` added up by index, into `height` rows. */
function addedRows(height: number, indices: Tensor, updates: Tensor): Tensor {
  const width = updates.shape.at(-1) ?? 1;
  return indexAdd(zeros([height, width], { dtype: updates.dtype, like: updates }), indices, updates);
}

/** Whether an index names the row, as a column beside the table's. */
function isNamed(height: number, indices: Tensor): Tensor {
  const counts = indexAdd(zeros([height], { dtype: "int32" }), indices, onesLike(indices));
  return reshape(greater(counts, 0), [height, 1]);
}

/**
 * The table as the sum over `take(table, indices)` sees it, times zeros where no index names a row: 0·NaN would be NaN. An index
 * out of range reads NaN, so that all is NaN.
 */
function asRead(table: Tensor, indices: Tensor): Tensor {
  if (!isFloat(table.dtype)) return table;
  const [height = 0] = table.shape;
  const inRange = min(cast(logicalAnd(greaterEqual(indices, 0), less(indices, height)), "int32"));
  return where(
    greater(inRange, 0),
    where(isNamed(height, indices), table, 0),
    full([], Number.NaN, { dtype: table.dtype }),
  );
}

/** A movement of leading axes only, done to the indices instead of to the rows. */
const reshapeIndices: Law<"reshape"> = ({ operands: [x], output, originOf }) => {
  const rows = rowsRead(originOf(x));
  const moved = rows && reshapedLeading(rows.indices, x.shape, output.shape);
  return rows && moved && take(rows.table, moved);
};

const transposeIndices: Law<"transpose"> = ({ attributes: { axes }, operands: [x], originOf }) => {
  const rows = rowsRead(originOf(x));
  const moved = rows && transposedLeading(rows.indices, axes);
  return rows && moved && take(rows.table, moved);
};

/** The indices for rows that were reshaped from shape `from` to `to`, if the last axis stayed. */
function reshapedLeading(indices: Tensor, from: Shape, to: Shape): Tensor | undefined {
  const leading = to.slice(0, -1);
  return from.at(-1) === to.at(-1) && sizeOf(leading) === indices.size ? reshape(indices, leading) : undefined;
}

/** The indices for rows that were transposed, if the last axis stayed. */
function transposedLeading(indices: Tensor, axes: readonly number[]): Tensor | undefined {
  return axes.at(-1) === axes.length - 1 ? transpose(indices, axes.slice(0, -1)) : undefined;
}

/** Updates that were moved are added where they were before, at moved indices. */
const moveUpdates: Law<"indexAdd"> = ({ attributes: { axis }, operands: [into, indices, updates], originOf }) => {
  const origin = madeBy(originOf(updates), "reshape", "transpose");
  if (into.rank !== 2 || axis !== -2 || origin === undefined) return undefined;
  const [before] = origin.operands;
  const moved =
    origin.name === "reshape"
      ? reshapedLeading(indices, updates.shape, before.shape)
      : transposedLeading(
          indices,
          origin.attributes.axes.map((_, at) => origin.attributes.axes.indexOf(at)),
        );
  return moved && indexAdd(into, moved, before);
};

/** `take(E, i) + b = take(E + b, i)` for a row b of floats: an index out of range reads NaN on both sides, of integers 0, not b. */
const addToTable: Law<"add"> = ({ operands, originOf }) =>
  operands
    .map((x, i) => {
      const [rows, row] = [isFloat(x.dtype) ? rowsRead(originOf(x)) : undefined, operands[1 - i]];
      const isRow = row?.rank === 1 && row.size === rows?.table.shape[1];
      if (rows === undefined || row === undefined || !isRow || (rows.table.shape[0] ?? 0) >= rows.indices.size)
        return undefined;
      return take(add(rows.table, row), rows.indices);
    })
    .find((better) => better !== undefined);

/**
 * `matmul(take(E, i), W)` = `take(matmul(E, W), i)`, where E has fewer rows than i has indices.
 * A pass: products of rows read from a small table become rows read from the table's product.
 */
export const multiplyTables: LawPass = byLaws({
  add: [addToTable],
  reshape: [reshapeIndices],
  transpose: [transposeIndices],
  indexAdd: [
    moveUpdates,
    ({ attributes: { axis }, operands: [into, indices, updates], originOf }) => {
      const origin = madeBy(originOf(updates), "matmul");
      const height = into.shape[0] ?? 0;
      if (into.rank !== 2 || axis !== -2 || height >= indices.size || origin === undefined) return undefined;
      const [left, right] = origin.operands;
      const { transposeLeft, transposeRight } = origin.attributes;
      if (right.rank !== 2 || transposeLeft) return undefined;
      const product = matmul(addedRows(height, indices, left), right, { transposeRight });
      return where(isNamed(height, indices), add(into, product), into);
    },
  ],
  matmul: [
    ({ attributes: { transposeLeft, transposeRight }, operands: [left, right], originOf }) => {
      const rows = rowsRead(originOf(left));
      if (rows === undefined || right.rank !== 2 || transposeLeft) return undefined;
      // The sum of nothing is 0, also of an index out of range.
      if ((rows.table.shape[0] ?? 0) >= rows.indices.size || rows.table.size === 0) return undefined;
      return take(matmul(rows.table, right, { transposeRight }), rows.indices);
    },
    ({ attributes: { transposeLeft, transposeRight }, operands: [left, right], originOf }) => {
      if (left.rank !== 2 || right.rank !== 2 || !transposeLeft || transposeRight) return undefined;
      const [fromLeft, fromRight] = [rowsRead(originOf(left)), rowsRead(originOf(right))];
      const isWorth = (rows: { table: Tensor; indices: Tensor } | undefined) =>
        rows !== undefined && (rows.table.shape[0] ?? 0) < rows.indices.size;
      if (fromRight !== undefined && isWorth(fromRight)) {
        const summed = addedRows(fromRight.table.shape[0] ?? 0, fromRight.indices, left);
        return matmul(summed, asRead(fromRight.table, fromRight.indices), { transposeLeft: true });
      }
      if (fromLeft !== undefined && isWorth(fromLeft)) {
        const summed = addedRows(fromLeft.table.shape[0] ?? 0, fromLeft.indices, right);
        return matmul(asRead(fromLeft.table, fromLeft.indices), summed, { transposeLeft: true });
      }
      return undefined;
    },
  ],
});
