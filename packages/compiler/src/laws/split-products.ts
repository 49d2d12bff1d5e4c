/**
 * Products of concatenations become products of the parts: `concat(a, b)·W = a·W₁ + b·W₂`, `concat(a, b)ᵀ·g` is `aᵀ·g` above
 * `bᵀ·g`, `gᵀ·concat(a, b)` is `gᵀ·a` beside `gᵀ·b`, and columns of a product are a product with columns. If a recurrent cell is
 * written with one affine map of [x, h], the part of x can then leave the loop, forward and backward.
 */
import type { Tensor } from "@tapegrad/core";
import { add, concat, matmul, slice } from "@tapegrad/ops";
import { byLaws, type LawPass } from "../rewrite/by-laws.ts";
import { axisOf, flagOf, numbersOf } from "../rewrite/origins.ts";

/**
 * `matmul(concat(a, b), W)` = `matmul(a, W₁) + matmul(b, W₂)`, and `slice(matmul(a, W))` = `matmul(a, slice(W))`.
 * A pass: a product of a concatenation becomes a sum of products.
 */
export const splitProducts: LawPass = byLaws({
  slice: [
    ({ node: { attributes }, operands: [x], originOf, isReadOnlyBy }) => {
      const origin = x && originOf(x);
      const [left, right] = origin?.operands ?? [];
      if (origin?.name !== "matmul" || x === undefined || left === undefined || right?.rank !== 2) return undefined;
      if (flagOf(origin.attributes, "transposeLeft") || !isReadOnlyBy(0, "slice")) return undefined;
      const [starts, sizes, steps] = (["starts", "sizes", "steps"] as const).map((name) => numbersOf(attributes, name));
      const isWhole = x.shape.every((length, axis) => axis === x.rank - 1 || sizes?.[axis] === length);
      if (!isWhole || steps?.some((step) => step !== 1)) return undefined;
      const start = starts?.at(-1) ?? 0;
      const stop = start + (sizes?.at(-1) ?? 0);
      const transposeRight = flagOf(origin.attributes, "transposeRight");
      const columns = transposeRight ? slice(right, [start], [stop]) : slice(right, [0, start], [right.shape[0], stop]);
      return matmul(left, columns, { transposeRight });
    },
  ],
  matmul: [
    ({ node: { attributes }, operands: [left, right], originOf }) => {
      const origin = right && originOf(right);
      const isAlongColumns = axisOf(origin?.attributes ?? {}) === -1;
      if (origin?.name !== "concat" || !isAlongColumns || left?.rank !== right?.rank || left === undefined)
        return undefined;
      if (!flagOf(attributes, "transposeLeft") || flagOf(attributes, "transposeRight")) return undefined;
      return concat(
        origin.operands.map((part) => matmul(left, part, { transposeLeft: true })),
        { axis: -1 },
      );
    },
    ({ node: { attributes }, operands: [left, right], originOf }) => {
      const origin = left && originOf(left);
      const isAlongColumns = axisOf(origin?.attributes ?? {}) === -1;
      if (origin?.name !== "concat" || !isAlongColumns || right?.rank !== 2) return undefined;
      const transposeRight = flagOf(attributes, "transposeRight");
      if (flagOf(attributes, "transposeLeft")) {
        const rows = origin.operands.map((part) => matmul(part, right, { transposeLeft: true, transposeRight }));
        return concat(rows, { axis: -2 });
      }
      let start = 0;
      const products = origin.operands.map((part): Tensor => {
        const stop = start + (part.shape.at(-1) ?? 0);
        const rows = transposeRight ? slice(right, [0, start], [right.shape[0], stop]) : slice(right, [start], [stop]);
        start = stop;
        return matmul(part, rows, { transposeRight });
      });
      return products.reduce((sum, product) => add(sum, product));
    },
  ],
});
