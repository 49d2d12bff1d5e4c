/**
 * The sum of rows that were added up by index already is the sum of what came of that: in a model of tokens, the gradient of a
 * bias from some hundred rows of a table instead of thousands of tokens. (What an index out of range leaves out is left out
 * here, too.)
 */
import { applyNode, type Program, type Tensor } from "@tapegrad/core";
import { reshape, sum } from "@tapegrad/ops";
import { axisOf, numbersOf } from "./origins.ts";
import { everywhere, type Pass, rewrite } from "./rewrite.ts";

export const sumAddedRows: Pass = everywhere((program: Program) => {
  const zeros = new Set<number>();
  /** By updates, the table into which they were added. */
  const added = new Map<number, Tensor>();
  return rewrite(program, (node, operands) => {
    const [x, indices, updates] = operands;
    const [output] = node.outputs;
    if (output === undefined) return undefined;
    if (node.op.name === "full" && "value" in node.attributes && node.attributes.value === 0) zeros.add(output.id);
    if (node.op.name === "sum" && x !== undefined && isOverRows(node.attributes, x.rank)) {
      const table = added.get(node.inputs[0]?.id ?? -1);
      return table && [reshape(sum(table, { axis: 0 }), output.shape)];
    }
    const isByRows = axisOf(node.attributes) === -2;
    if (node.op.name !== "indexAdd" || !isByRows || indices === undefined || updates === undefined) return undefined;
    const results = applyNode(node, operands);
    const [table] = results;
    const isFresh = zeros.has(node.inputs[0]?.id ?? -1);
    if (isFresh && table?.rank === 2 && (table.shape[0] ?? 0) < indices.size)
      added.set(node.inputs[2]?.id ?? -1, table);
    return results;
  });
});

/** Whether all axes but the last are summed over. */
function isOverRows(attributes: object, rank: number): boolean {
  const axes = numbersOf(attributes, "axes");
  return rank > 1 && axes.length === rank - 1 && !axes.includes(-1);
}
