/**
 * If a loop stacks a value both in parts and as a whole, such as the cotangents of gates, only the whole is stacked. Products
 * and sums of the parts become parts of one product or sum: `Aᵀ·g₁, Aᵀ·g₂` are columns of `Aᵀ·[g₁ g₂]`, and `g₁ᵀ·A, g₂ᵀ·A` rows
 * of `[g₁ g₂]ᵀ·A`. The weight gradients of four separate gates become one product.
 */
import type { Program, ProgramNode, Tensor } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { matmul, reshape, slice, sum } from "@tapegrad/ops";
import { isNode, type PrimitiveNode } from "../rewrite/primitive-node.ts";
import { type Pass, rewrite } from "../rewrite/rewrite.ts";
import { applyLoop, type Loop, loopOf, whereLoops } from "./loop.ts";

/**
 * `matmul(Aᵀ, g₁), matmul(Aᵀ, g₂)` = `split(matmul(Aᵀ, [g₁ g₂]))`, where the loop stacks `[g₁ g₂]` in any case.
 * A pass: what a loop stacks in parts and as a whole is stacked as a whole.
 */
export const mergeColumnReaders: Pass = whereLoops((program) => mergeReaders(stackWholes(program)));

/** Parts are outputs of their own no more, but slices of the stacked whole. */
function stackWholes(program: Program): Program {
  return rewrite(program, (node, operands) => {
    const loop = loopOf(node, operands);
    const parts = loop === undefined ? new Map<number, Part>() : partsOf(loop);
    if (loop === undefined || parts.size === 0) return undefined;
    const outputs = loop.outputs.filter(({ id }) => !parts.has(id));
    const results = applyLoop({ ...loop, outputs });
    const stacks = new Map(outputs.map(({ id }, i) => [id, defined(results[loop.carries.length + i], "stack")]));
    const stacked = loop.outputs.map(({ id }) => {
      const part = parts.get(id);
      return part === undefined ? stacks.get(id) : columnsOf(defined(stacks.get(part.whole), "whole"), part);
    });
    return [...results.slice(0, loop.carries.length), ...stacked];
  });
}

/** Columns, that is a range of the last axis. */
interface Columns {
  readonly start: number;
  readonly stop: number;
}

interface Part extends Columns {
  readonly whole: number;
}

/** By output that is a part of another one. */
function partsOf({ nodes, outputs }: Loop): Map<number, Part> {
  const isOutput = new Set(outputs.map(({ id }) => id));
  const parts = new Map<number, Part>();
  for (const node of nodes) {
    if (!isNode(node, "concat") || node.attributes.axis !== -1) continue;
    const [whole] = node.outputs;
    if (!isOutput.has(whole.id)) continue;
    let start = 0;
    for (const { id, shape } of node.inputs) {
      const stop = start + (shape.at(-1) ?? 0);
      if (isOutput.has(id) && !parts.has(id)) parts.set(id, { whole: whole.id, start, stop });
      start = stop;
    }
  }
  return parts;
}

function columnsOf(x: Tensor, { start, stop }: Columns): Tensor {
  const starts = x.shape.map((_, axis) => (axis === x.rank - 1 ? start : 0));
  return slice(x, starts, [...x.shape.slice(0, -1), stop]);
}

/** The rows of `[g₁ g₂]ᵀ·B` that are those of one part. */
function rowsOf(x: Tensor, { start, stop }: Columns): Tensor {
  return slice(x, [start], [stop]);
}

/** Columns of a tensor, possibly seen as a matrix: `whole` in the shape in which they are read. */
interface ColumnsOf extends Columns {
  whole(): Tensor;
}

function mergeReaders(program: Program): Program {
  const columns = new Map<number, ColumnsOf>();
  const products = new Map<string, Tensor>();
  const groups = coveredGroups(program);
  return rewrite(program, (node, operands) => {
    const [x, right] = operands;
    const [output] = node.outputs;
    if (x === undefined || output === undefined) return undefined;
    const known = columns.get(node.inputs[0]?.id ?? -1);
    if (isNode(node, "slice") && isOfColumns(node)) {
      const start = node.attributes.starts.at(-1) ?? 0;
      columns.set(output.id, {
        start,
        stop: start + (output.shape.at(-1) ?? 0),
        whole: () => x,
      });
    }
    if (isNode(node, "reshape") && known !== undefined && x.shape.at(-1) === output.shape.at(-1)) {
      const { whole } = known;
      columns.set(output.id, {
        ...known,
        whole: () => reshape(whole(), [...output.shape.slice(0, -1), whole().shape.at(-1) ?? 0]),
      });
    }
    if (isNode(node, "sum") && known !== undefined && groups.has(node))
      return [columnsOf(sum(known.whole(), { axis: node.attributes.axes, keepDims: true }), known)];
    const part = columns.get(node.inputs[1]?.id ?? -1);
    const key = groups.get(node);
    if (key === undefined || right === undefined || !isNode(node, "matmul")) return undefined;
    const { transposeLeft } = node.attributes;
    const isLeft = key.startsWith("rows");
    const whole = (isLeft ? known : part)?.whole();
    if (whole === undefined) return undefined;
    const product =
      products.get(key) ?? (isLeft ? matmul(whole, right, { transposeLeft }) : matmul(x, whole, { transposeLeft }));
    products.set(key, product);
    return [isLeft ? rowsOf(product, defined(known, "part")) : columnsOf(product, defined(part, "part"))];
  });
}

function isOfColumns({ inputs: [x], attributes: { sizes, steps } }: PrimitiveNode<"slice">): boolean {
  return steps.every((step) => step === 1) && x.shape.slice(0, -1).every((length, axis) => length === sizes[axis]);
}

/** Sums of parts, and products of one left operand with parts, where together they read all of the whole, by what they share. */
function coveredGroups({ nodes }: Program): Map<ProgramNode, string> {
  const sources = new Map<number, { id: number; width: number; total: number }>();
  const groups = new Map<string, { node: ProgramNode; width: number; total: number }[]>();
  for (const node of nodes) {
    const [x, right] = node.inputs;
    const [output] = node.outputs;
    if (x === undefined || output === undefined) continue;
    if (isNode(node, "slice") && isOfColumns(node))
      sources.set(output.id, { id: x.id, width: output.shape.at(-1) ?? 0, total: x.shape.at(-1) ?? 0 });
    const source = sources.get(x.id);
    if (isNode(node, "reshape") && source !== undefined && x.shape.at(-1) === output.shape.at(-1))
      sources.set(output.id, source);
    const note = (key: string, part: { width: number; total: number }) =>
      groups.set(key, [...(groups.get(key) ?? []), { node, ...part }]);
    if (isNode(node, "sum") && source !== undefined && !node.attributes.axes.includes(-1))
      note(`sum ${source.id} ${node.attributes.axes}`, source);
    const part = sources.get(right?.id ?? -1);
    if (!isNode(node, "matmul") || node.attributes.transposeRight) continue;
    if (x.shape.length !== 2 || right?.shape.length !== 2) continue;
    const { transposeLeft } = node.attributes;
    if (part !== undefined) note(`${x.id} ${part.id} ${transposeLeft}`, part);
    else if (source !== undefined && transposeLeft) note(`rows ${source.id} ${right.id}`, source);
  }
  const covered = [...groups].filter(
    ([, group]) => group.length > 1 && group.reduce((width, member) => width + member.width, 0) === group[0]?.total,
  );
  return new Map(covered.flatMap(([key, group]) => group.map(({ node }) => [node, key] as const)));
}
