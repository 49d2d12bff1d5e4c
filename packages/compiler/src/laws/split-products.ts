/**
 * Products of concatenations become products of the parts: `concat(a, b)·W = a·W₁ + b·W₂`, `concat(a, b)ᵀ·g` is `aᵀ·g` above
 * `bᵀ·g`, `gᵀ·concat(a, b)` is `gᵀ·a` beside `gᵀ·b`, and columns of a product are a product with columns. So weights [out, in] and
 * [in, out] are taken apart alike. If a recurrent cell is written with one affine map of [x, h], the part of x can then leave the
 * loop, forward and backward.
 */
import type { Tensor } from "@tapegrad/core";
import { add, concat, matmul, slice } from "@tapegrad/ops";
import { byLaws, type LawPass } from "../rewrite/by-laws.ts";
import { madeBy } from "../rewrite/primitive-node.ts";

/**
 * `matmul(concat(a, b), W)` = `matmul(a, W₁) + matmul(b, W₂)`, and `slice(matmul(a, W))` = `matmul(a, slice(W))`.
 * A pass: a product of a concatenation becomes a sum of products.
 */
export const splitProducts: LawPass = byLaws({
  slice: [
    ({ attributes: { starts, sizes, steps }, operands: [x], originOf, isReadOnlyBy }) => {
      const product = madeBy(originOf(x), "matmul");
      if (product === undefined || product.attributes.transposeLeft || !isReadOnlyBy(0, "slice")) return undefined;
      const [left, right] = product.operands;
      const isWhole = x.shape.every((length, axis) => axis === x.rank - 1 || sizes[axis] === length);
      if (right.rank !== 2 || !isWhole || steps.some((step) => step !== 1)) return undefined;
      const start = starts.at(-1) ?? 0;
      const stop = start + (sizes.at(-1) ?? 0);
      const { transposeRight } = product.attributes;
      const columns = transposeRight ? slice(right, [start], [stop]) : slice(right, [0, start], [right.shape[0], stop]);
      return matmul(left, columns, { transposeRight });
    },
  ],
  matmul: [
    ({ attributes: { transposeLeft, transposeRight }, operands: [left, right], originOf }) => {
      const joined = madeBy(originOf(right), "concat");
      if (joined?.attributes.axis !== -1 || left.rank !== right.rank) return undefined;
      if (!transposeLeft || transposeRight) return undefined;
      return concat(
        joined.operands.map((part) => matmul(left, part, { transposeLeft })),
        { axis: -1 },
      );
    },
    ({ attributes: { transposeLeft, transposeRight }, operands: [left, right], originOf }) => {
      const joined = madeBy(originOf(left), "concat");
      if (joined?.attributes.axis !== -1 || right.rank !== 2) return undefined;
      if (transposeLeft) {
        const rows = joined.operands.map((part) => matmul(part, right, { transposeLeft, transposeRight }));
        return concat(rows, { axis: -2 });
      }
      let start = 0;
      const products = joined.operands.map((part): Tensor => {
        const stop = start + (part.shape.at(-1) ?? 0);
        const rows = transposeRight ? slice(right, [0, start], [right.shape[0], stop]) : slice(right, [start], [stop]);
        start = stop;
        return matmul(part, rows, { transposeRight });
      });
      return products.reduce((sum, product) => add(sum, product));
    },
  ],
});
