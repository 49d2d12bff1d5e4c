/**
 * If one loop alone reads rows of a table, a step's rows at a time, it reads them inside. The rows of all steps at once would
 * be written to memory and read back; the rows of one step stay in the cache.
 */

import type { Program, ProgramNode, Tensor, TensorType, Variable } from "@tapegrad/core";
import { symbolicTensor } from "@tapegrad/core/internal";
import { usesOf } from "../rewrite/graph.ts";
import { madeBy, originFrom } from "../rewrite/primitive-node.ts";
import { type Pass, rewrite } from "../rewrite/rewrite.ts";
import { applyLoop, type Loop, loopOf, type Operand, whereLoops } from "./loop.ts";

interface Rows {
  readonly node: ProgramNode;
  readonly table: Tensor;
  readonly indices: Tensor;
}

/**
 * `scan((h, x) ↦ f(h, x), take(E, is))` = `scan((h, i) ↦ f(h, take(E, i)), is)`.
 * A pass: rows of a table that one loop alone reads are read inside it, step by step.
 */
export const readRowsInside: Pass = whereLoops((program: Program) => {
  const uses = usesOf(program);
  const rows = new Map<number, Rows>();
  return rewrite(program, (node, operands) => {
    const read = madeBy(originFrom(node, operands), "take");
    const [output] = node.outputs;
    if (read !== undefined && output !== undefined) {
      const [table, indices] = read.operands;
      const isByRows = read.attributes.axis === -table.rank;
      if (isByRows && indices.rank > 0 && uses(output.id).count === 1) rows.set(output.id, { node, table, indices });
      return undefined;
    }
    const loop = loopOf(node, operands);
    if (loop === undefined) return undefined;
    const sources = new Map(operands.map((operand, i) => [operand, rows.get(node.inputs[i]?.id ?? -1)]));
    return applyLoop(withRows(loop, (outer) => sources.get(outer)));
  });
});

/** The loop with those elements that `rowsOf` knows computed inside, from an index and the table. */
function withRows(loop: Loop, rowsOf: (outer: Tensor) => Rows | undefined): Loop {
  const elements: Operand[] = [];
  const tables: Operand[] = [];
  const reads: ProgramNode[] = [];
  for (const element of loop.elements) {
    const rows = rowsOf(element.outer);
    if (rows === undefined) {
      elements.push(element);
      continue;
    }
    const { table, indices, node } = rows;
    const [index, row] = [newVariable({ shape: indices.shape.slice(1), dtype: indices.dtype }), newVariable(table)];
    elements.push({ inner: index, outer: indices });
    tables.push({ inner: row, outer: table });
    reads.push({ ...node, inputs: [row, index], outputs: [element.inner] });
  }
  return { ...loop, elements, captures: [...loop.captures, ...tables], nodes: [...reads, ...loop.nodes] };
}

function newVariable(type: TensorType): Variable {
  return symbolicTensor(type).variable;
}
