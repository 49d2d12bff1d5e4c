/**
 * The sum over a batch axis of products of matrices becomes one product: for Σₜ AₜᵀBₜ, the Aₜ and Bₜ are stacked along the
 * contracted axis. Otherwise a weight gradient would be a stack of matrices, one per time step, and a sum of them.
 */
import type { Program, Tensor } from "@tapegrad/core";
import { concat, matmul, reshape, sum, transpose } from "@tapegrad/ops";
import { byLaws, type LawPass } from "../rewrite/by-laws.ts";
import { madeBy } from "../rewrite/primitive-node.ts";

/** The sum of a concatenation along another axis is the concatenation of sums. */
const sumParts = byLaws({
  sum: [
    ({ attributes: { axes }, operands: [x], originOf }) => {
      const joined = madeBy(originOf(x), "concat");
      if (joined === undefined || axes.includes(joined.attributes.axis)) return undefined;
      return concat(
        joined.operands.map((part) => sum(part, { axis: axes, keepDims: true })),
        joined.attributes,
      );
    },
  ],
});

const contractSums = byLaws({
  sum: [
    ({ attributes: { axes }, operands: [x], output, originOf }) => {
      const product = madeBy(originOf(x), "matmul");
      if (product === undefined || axes.length !== 1 || axes[0] !== -x.rank) return undefined;
      const [a, b] = product.operands;
      if (a.rank !== 3 || b.rank !== 3 || a.shape[0] !== b.shape[0]) return undefined;
      const left = rowsOf(a, !product.attributes.transposeLeft);
      const right = rowsOf(b, product.attributes.transposeRight);
      return reshape(matmul(left, right, { transposeLeft: true }), output.shape);
    },
  ],
});

/**
 * `sum(matmul(Aᵀ, B), time)` = `matmul(A′ᵀ, B′)`, where A′ and B′ have one row for each time and batch entry.
 * A pass: a sum of products over time becomes one product over time and batch.
 */
export const contractOverTime: LawPass = Object.assign((program: Program) => contractSums(sumParts(program)), {
  laws: { sum: [...(sumParts.laws.sum ?? []), ...(contractSums.laws.sum ?? [])] },
});

/** [time, contracted, free] as [time·contracted, free]; `swap` when the last two axes are the other way round. */
function rowsOf(x: Tensor, swap: boolean): Tensor {
  const ordered = swap ? transpose(x, [0, 2, 1]) : x;
  const [time = 0, contracted = 0, free = 0] = ordered.shape;
  return reshape(ordered, [time * contracted, free]);
}
