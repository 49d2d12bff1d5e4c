/**
 * Ops and regions become other ops: before the first pass those whose records have `decompose`, after the last pass those that
 * backends have no code for.
 */

import { condEntriesOp } from "@tapegrad/autodiff";
import {
  apply,
  interpret,
  isRegion,
  type OpDefinition,
  type Program,
  type ProgramNode,
  type Tensor,
} from "@tapegrad/core";
import { applyComputed, isStoredOnly } from "@tapegrad/core/internal";
import { add, exp, greater, less, log, logicalAnd, max, sub, sum, where } from "@tapegrad/ops";
import type { LawPass } from "../rewrite/by-laws.ts";
import { isNode } from "../rewrite/primitive-node.ts";
import { everywhere, type Pass, rewrite } from "../rewrite/rewrite.ts";
import { simplifications } from "./simplify.ts";

/**
 * `op(x)` = `op.decompose(x)`, for ops that have it, and `condEntries(p, f, g, x)` = `where(p, f(x), g(x))`.
 * `op(x)` = `cast(op(cast(x)))` for dtypes that are only stored, so that passes see where results are rounded.
 * The first pass: everything is recorded anew, so that the local laws hold of it and nothing is there twice. Passes and backends
 * know ops by name, and an op that says how it is done may have the name of another one.
 */
export const decomposeByRecord: LawPass = Object.assign(
  everywhere((program: Program) =>
    rewrite(
      program,
      ({ op, inputs, attributes, outputs: [output] }, operands) => {
        if (op === condEntriesOp)
          return condEntriesOp.run(operands, attributes as Parameters<typeof condEntriesOp.run>[1]); // By the record's identity.
        if (isRegion(op) || output === undefined) return undefined;
        if (isStoredOnly(op, inputs, output))
          return [applyComputed(operands, attributes, output, op.decompose ?? applied(op))];
        return op.decompose && [op.decompose(operands, attributes)];
      },
      {
        anew: true,
        concerns: (node) =>
          node.op === condEntriesOp || (!isRegion(node.op) && node.op.decompose !== undefined) || isOnStored(node),
      },
    ),
  ),
  { laws: simplifications },
);

/** A pass, after the others: ops that backends need no code for become the ops that they are made of. */
export const decompose: Pass = everywhere((program: Program) =>
  rewrite(
    program,
    (node, operands) => {
      const { body } = node.attributes as { readonly body?: Program }; // Regions that run one body once are that body.
      if (body !== undefined && inlined.has(node.op.name)) return interpret(body, operands);
      const { op, inputs, attributes } = node;
      const [[x], [output]] = [operands, node.outputs];
      // What passes made of stored values, to move them.
      if (!isRegion(op) && output !== undefined && isStoredOnly(op, inputs, output))
        return [applyComputed(operands, attributes, output, applied(op))];
      return isNode(node, "logSumExp") && x !== undefined ? [logSumExp(x, node.attributes.axes)] : undefined;
    },
    {
      shares: false,
      concerns: (node) => inlined.has(node.op.name) || isNode(node, "logSumExp") || isOnStored(node),
    },
  ),
);

function isOnStored({ op, inputs, outputs: [output] }: ProgramNode): boolean {
  return !isRegion(op) && output !== undefined && isStoredOnly(op, inputs, output);
}

const inlined = new Set(["call", "checkpoint", "customVjp"]);

/** log Σ eˣ around the maximum; where that is infinite, around 0. */
function logSumExp(x: Tensor, axes: readonly number[]): Tensor {
  const options = { axis: axes, keepDims: true };
  const largest = max(x, options);
  const finite = logicalAnd(less(largest, Infinity), greater(largest, -Infinity));
  const shift = where(finite, largest, 0);
  return add(log(sum(exp(sub(x, shift)), options)), shift);
}

/** The op itself as a function of operands and attributes. */
const applied =
  (op: OpDefinition) =>
  (operands: readonly Tensor[], attributes: object): Tensor =>
    apply(op, operands, attributes);
