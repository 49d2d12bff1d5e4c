/**
 * Products of concatenations, taken apart: `concat(a, b)·W = a·W₁ + b·W₂`. In a recurrent cell that is written with one affine
 * map of [x, h], the part of x can then leave the loop.
 */
import type { Tensor } from "@tapegrad/core";
import { add, matmul, slice } from "@tapegrad/ops";
import { byLaws, flagOf } from "./origins.ts";
import type { Pass } from "./rewrite.ts";

export const splitProducts: Pass = byLaws({
  matmul: [
    ({ node: { attributes }, operands: [left, right], originOf }) => {
      const origin = left && originOf(left);
      const isAlongColumns = Object.getOwnPropertyDescriptor(origin?.attributes ?? {}, "axis")?.value === -1;
      if (origin?.name !== "concat" || !isAlongColumns || right?.rank !== 2 || flagOf(attributes, "transposeLeft"))
        return undefined;
      const transposeRight = flagOf(attributes, "transposeRight");
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
