/**
 * `add(x, scatterAdd(zeros, i, v))` becomes `scatterAdd(x + 0, i, v)` where each row has one index, for every dtype. Such a sum
 * is the gradient of a loss that picks one class of many: it changes one place per row.
 */
import { sameShape } from "@tapegrad/core";
import { scatterAdd } from "@tapegrad/ops";
import { type LawPass, rewrittenByLaws } from "../rewrite/by-laws.ts";
import { constantOf, type Law, type Laws } from "../rewrite/origins.ts";
import { isNode, madeBy } from "../rewrite/primitive-node.ts";
import { everywhere } from "../rewrite/rewrite.ts";
import { plusZero } from "../rewrite/signed-zero.ts";

/**
 * `x + scatterAdd(zeros, i, v)`, where that adds to each element once: several additions to an element of x would each be rounded
 * to the last place of x, which can be far larger than their sum.
 */
function addedTo(side: 0 | 1): Law<"add"> {
  return ({ operands, originOf, isReadOnlyBy }) => {
    const [added, x] = side === 0 ? operands : [operands[1], operands[0]];
    const origin = madeBy(originOf(added), "scatterAdd");
    if (origin === undefined || !isReadOnlyBy(side, "add") || !sameShape(x.shape, added.shape)) return undefined;
    const [start, indices, updates] = origin.operands;
    const { axis } = origin.attributes;
    const isZeros = Object.is(constantOf(originOf(start)), 0);
    return isZeros && indices.shape.at(axis) === 1
      ? scatterAdd(plusZero(x, originOf), indices, updates, { axis })
      : undefined;
  };
}

const laws: Laws = { add: [addedTo(1), addedTo(0)] };

/**
 * `add(x, scatterAdd(zeros, i, v))` = `scatterAdd(x + 0, i, v)`, one index a row.
 * A pass: `add(x, scatterAdd(zeros, i, v))` becomes one `scatterAdd` into x.
 */
export const addInPlace: LawPass = Object.assign(
  everywhere((program) =>
    program.nodes.some((node) => isNode(node, "scatterAdd")) ? rewrittenByLaws(program, laws) : program,
  ),
  { laws },
);
