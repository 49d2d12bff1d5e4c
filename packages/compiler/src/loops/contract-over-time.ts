/**
 * The sum over a batch axis of products of matrices is one product: Σₜ AₜᵀBₜ stacks the Aₜ and Bₜ along the contracted axis.
 * Without this, a weight gradient would be a stack of matrices, one per time step, to be added up.
 */
import type { Program, Tensor } from "@tapegrad/core";
import { concat, matmul, reshape, sum, transpose } from "@tapegrad/ops";
import { byLaws, type LawPass } from "../rewrite/by-laws.ts";
import { flagOf, numbersOf } from "../rewrite/origins.ts";

/** The sum of a concatenation along another axis is the concatenation of sums. */
const sumParts = byLaws({
  sum: [
    ({ node: { attributes }, operands: [x], originOf }) => {
      const origin = x && originOf(x);
      const axes = numbersOf(attributes, "axes");
      if (origin?.name !== "concat" || !("axis" in origin.attributes)) return undefined;
      const axis = Number(origin.attributes.axis);
      if (axes.includes(axis)) return undefined;
      return concat(
        origin.operands.map((part) => sum(part, { axis: [...axes], keepDims: true })),
        { axis },
      );
    },
  ],
});

const contractSums = byLaws({
  sum: [
    ({ node, operands: [x], originOf }) => {
      const origin = x && originOf(x);
      const [a, b] = origin?.operands ?? [];
      if (x === undefined || origin?.name !== "matmul" || !isLeading(node.attributes, x.rank)) return undefined;
      if (a?.rank !== 3 || b?.rank !== 3 || a.shape[0] !== b.shape[0]) return undefined;
      const left = rowsOf(a, !flagOf(origin.attributes, "transposeLeft"));
      const right = rowsOf(b, flagOf(origin.attributes, "transposeRight"));
      return reshape(matmul(left, right, { transposeLeft: true }), node.outputs[0]?.shape ?? []);
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

function isLeading(attributes: object, rank: number): boolean {
  return (
    "axes" in attributes &&
    Array.isArray(attributes.axes) &&
    attributes.axes.length === 1 &&
    attributes.axes[0] === -rank
  );
}
