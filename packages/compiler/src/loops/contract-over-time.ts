/**
 * The sum over a batch axis of products of matrices is one product: Σₜ AₜᵀBₜ stacks the Aₜ and Bₜ along the contracted axis.
 * Without this, a weight gradient would be a stack of matrices, one per time step, to be added up.
 */
import type { Program, Tensor } from "@tapegrad/core";
import { applyNode } from "@tapegrad/core/internal";
import { concat, matmul, reshape, sum, transpose } from "@tapegrad/ops";
import { byLaws, type LawPass, numbersOf } from "../rewrite/origins.ts";
import { everywhere, type Pass, rewrite } from "../rewrite/rewrite.ts";

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

const contractSums: Pass = everywhere((program) => {
  const products = new Map<number, { operands: readonly Tensor[]; attributes: object }>();
  return rewrite(program, (node, operands) => {
    const [x] = operands;
    const product = x && products.get(x.variable.id);
    if (node.op.name === "sum" && product !== undefined && x !== undefined && isLeading(node.attributes, x.rank)) {
      const [a, b] = product.operands;
      if (a?.rank === 3 && b?.rank === 3 && a.shape[0] === b.shape[0]) {
        const { transposeLeft, transposeRight } = product.attributes as {
          transposeLeft: boolean;
          transposeRight: boolean;
        }; // matmul's.
        const [left, right] = [rowsOf(a, !transposeLeft), rowsOf(b, transposeRight)];
        return [reshape(matmul(left, right, { transposeLeft: true }), node.outputs[0]?.shape ?? [])];
      }
    }
    const outputs = applyNode(node, operands);
    if (node.op.name === "matmul")
      for (const { variable } of outputs) products.set(variable.id, { operands, attributes: node.attributes });
    return outputs;
  });
});

/**
 * `sum(matmul(Aᵀ, B), time)` = `matmul(A′ᵀ, B′)`, where A′ and B′ have one row for each time and batch entry.
 * A pass: a sum of products over time becomes one product over time and batch.
 */
export const contractOverTime: LawPass = Object.assign((program: Program) => contractSums(sumParts(program)), {
  laws: sumParts.laws,
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
