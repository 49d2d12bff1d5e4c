/**
 * `sum(rows)` becomes `sum(table)` if the same rows were added to a table of zeros by index. In a model of tokens, the gradient
 * of a bias then sums some hundred rows of a table instead of thousands of tokens. The table gets one more row, for updates
 * whose index is out of range, because the sum includes them. So the law holds for every dtype and index.
 */
import { type Program, type ProgramNode, sizeOf, type Tensor } from "@tapegrad/core";
import { applyNode, defined } from "@tapegrad/core/internal";
import { greaterEqual, indexAdd, less, logicalAnd, reshape, slice, sum, where, zeros } from "@tapegrad/ops";
import { isNode } from "../rewrite/primitive-node.ts";
import { everywhere, type Pass, rewrite } from "../rewrite/rewrite.ts";

/**
 * `sum(v, rows)` = `sum(indexAdd(zeros, i, v), rows)`, where that table is made in any case and has fewer rows than v.
 * A pass: the sum of rows that were added up by index becomes the sum of what was added.
 */
export const sumAddedRows: Pass = everywhere((program: Program) => {
  const sites = sitesOf(program);
  if (sites.length === 0) return program;
  /** By indices, those with out of range ones moved to the row behind the table. */
  const moved = new Map<string, Tensor>();
  /** By updates, the table into which they were added. */
  const added = new Map<number, Tensor>();
  const values = new Map<number, Tensor>();
  // Where they are known first: before loops, so that the additions may begin in one.
  const note = (id: number, indices: Tensor | undefined) => {
    for (const { at, height } of sites) {
      const key = `${at} ${height}`;
      if (at !== id || indices === undefined || moved.has(key)) continue;
      const inside = logicalAnd(greaterEqual(indices, 0), less(indices, height));
      moved.set(key, where(inside, indices, height));
    }
  };
  return rewrite(
    program,
    (node, operands) => {
      for (const { id } of program.inputs) note(id, values.get(id));
      const [x, , updates] = operands;
      const [output] = node.outputs;
      const site = sites.find((each) => each.node === node);
      if (site !== undefined && x !== undefined && updates !== undefined) {
        const { at, height, rows } = site;
        const empty = zeros([height + 1, ...x.shape.slice(1)], { dtype: x.dtype, like: x });
        const table = indexAdd(empty, defined(moved.get(`${at} ${height}`), "indices"), updates);
        added.set(rows, table);
        return [slice(table, [0], [height])];
      }
      const table = isOverRows(node) ? added.get(node.inputs[0]?.id ?? -1) : undefined;
      if (table !== undefined) return [reshape(sum(table, { axis: 0 }), output?.shape ?? [])];
      if (!node.outputs.some(({ id }) => sites.some(({ at }) => at === id))) return undefined;
      const results = applyNode(node, operands);
      for (const [i, { id }] of node.outputs.entries()) note(id, results[i]);
      return results;
    },
    { given: values },
  );
});

/** Rows that are added to zeros by index, and whose sum is taken after that: the ids of indices and rows. */
interface Site {
  readonly node: ProgramNode;
  readonly height: number;
  readonly at: number;
  readonly rows: number;
}

function sitesOf({ nodes }: Program): Site[] {
  const zeroTables = new Set(
    nodes
      .filter((node) => isNode(node, "full") && node.attributes.value === 0)
      .map(({ outputs }) => outputs[0]?.id ?? -1),
  );
  return nodes.flatMap((node, i) => {
    if (!isNode(node, "indexAdd") || node.attributes.axis !== -2) return [];
    const [into, at, rows] = node.inputs;
    const height = into.shape[0] ?? 0;
    if (into.shape.length !== 2 || !zeroTables.has(into.id)) return [];
    const isSummed = nodes.slice(i).some((other) => other.inputs[0]?.id === rows.id && isOverRows(other));
    const count = sizeOf(at.shape);
    return isSummed && height < count ? [{ node, height, at: at.id, rows: rows.id }] : [];
  });
}

/** Whether it is a sum over all axes but the last. */
function isOverRows(node: ProgramNode): boolean {
  if (!isNode(node, "sum")) return false;
  const [{ axes }, rank] = [node.attributes, node.inputs[0].shape.length];
  return rank > 1 && axes.length === rank - 1 && !axes.includes(-1);
}
