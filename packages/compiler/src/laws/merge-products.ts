/**
 * Inside loops, products that share an operand become one product: `h·W₁, h·W₂` are columns of `h·[W₁ W₂]`, and `a·W₁ + b·W₂`
 * is `[a b]·[W₁; W₂]`. The weights must come from outside the loop, where they are concatenated once. Four gates become one
 * product.
 */
import { type Program, type ProgramNode, sameShape, type Tensor } from "@tapegrad/core";
import { concat, matmul, slice } from "@tapegrad/ops";
import { type Loop, onLoops, withBody } from "../loops/loop.ts";
import { coneOf, reachableFrom } from "../rewrite/graph.ts";
import { isNode, type PrimitiveNode } from "../rewrite/primitive-node.ts";
import { rewrite } from "../rewrite/rewrite.ts";

/**
 * `matmul(h, U), matmul(h, V)` = `split(matmul(h, concat(U, V)))`, and `h·U + k·V` = `[h k]·[U; V]`, inside loops.
 * A pass: inside loops, products that share an operand become one.
 */
export const mergeProducts = onLoops((loop) => mergeColumns(mergeSums(loop)));

/** Captures, which stay the same from step to step. */
function weightsOf({ captures }: Loop): ReadonlySet<number> {
  return new Set(captures.map(({ inner }) => inner.id));
}

/** A product of two matrices, the right one constant. */
function isByWeight(node: ProgramNode, weights: ReadonlySet<number>): node is PrimitiveNode<"matmul"> {
  if (!isNode(node, "matmul")) return false;
  const [left, right] = node.inputs;
  return left.shape.length === 2 && right.shape.length === 2 && weights.has(right.id) && !weights.has(left.id);
}

/** `h·W₁, h·W₂, …` as one product and its columns. */
function mergeColumns(loop: Loop): Loop {
  const weights = weightsOf(loop);
  const needed = coneOf(
    loop.nodes,
    loop.carries.map(({ next }) => next.id),
  );
  return withBody(loop, (body) => columnsMerged(body, weights, needed));
}

function columnsMerged(body: Program, weights: ReadonlySet<number>, needed: ReadonlySet<number>): Program {
  const groups = Map.groupBy(
    body.nodes.filter((node) => isByWeight(node, weights)),
    // What no carry needs will be computed after the loop, and must not be tied to what one needs.
    ({ inputs, outputs, attributes }) => `${inputs[0].id} ${JSON.stringify(attributes)} ${needed.has(outputs[0].id)}`,
  );
  const groupOf = new Map<ProgramNode, readonly PrimitiveNode<"matmul">[]>(
    [...groups.values()]
      .filter((group) => group.length > 1)
      .flatMap((group) => group.map((node) => [node, group] as const)),
  );
  const columns = new Map<ProgramNode, Tensor>();
  const inputs = new Map<number, Tensor>();
  return rewrite(
    body,
    (node, operands) => {
      const group = groupOf.get(node);
      const [left] = operands;
      if (group === undefined || left === undefined || !isNode(node, "matmul")) return undefined;
      if (!columns.has(node)) {
        const { transposeLeft, transposeRight } = node.attributes;
        const rights = group
          .map(({ inputs: [, right] }) => inputs.get(right.id))
          .filter((right) => right !== undefined);
        const product = matmul(left, concat(rights, { axis: transposeRight ? 0 : 1 }), {
          transposeRight,
          transposeLeft,
        });
        let start = 0;
        for (const member of group) {
          const width = member.outputs[0]?.shape[1] ?? 0;
          columns.set(member, slice(product, [0, start], [product.shape[0], start + width]));
          start += width;
        }
      }
      return [columns.get(node)];
    },
    { given: inputs },
  );
}

/** A sum of products by weights, as the lists of what is multiplied. */
interface Sum {
  readonly lefts: readonly Tensor[];
  readonly rights: readonly Tensor[];
  readonly transposeRight: boolean;
  /** Whether what is multiplied depends on the carry: what does not will leave the loop, and must not be tied to it. */
  readonly isStateful: boolean;
}

/** `a·W₁ + b·W₂ + …` as one product. Sums that are part of larger ones are left without a reader, and go. */
function mergeSums(loop: Loop): Loop {
  const weights = weightsOf(loop);
  const stateful = reachableFrom(
    loop.nodes,
    loop.carries.map(({ inner }) => inner.id),
  );
  return withBody(loop, (body) => {
    const sums = new Map<number, Sum>();
    return rewrite(body, (node, operands) => {
      const [left, right] = operands;
      const [output] = node.outputs;
      if (left === undefined || right === undefined || output === undefined) return undefined;
      if (isByWeight(node, weights) && !node.attributes.transposeLeft) {
        const { transposeRight } = node.attributes;
        const isStateful = stateful.has(node.inputs[0].id);
        sums.set(output.id, { lefts: [left], rights: [right], transposeRight, isStateful });
        return undefined;
      }
      const [a, b] = node.inputs.map(({ id }) => sums.get(id));
      if (!isNode(node, "add") || a === undefined || b === undefined) return undefined;
      if (a.transposeRight !== b.transposeRight || a.isStateful !== b.isStateful) return undefined;
      if (!sameShape(left.shape, right.shape)) return undefined; // A sum that broadcasts.
      const { transposeRight } = a;
      const sum = { ...a, lefts: [...a.lefts, ...b.lefts], rights: [...a.rights, ...b.rights] };
      const product = matmul(concat(sum.lefts, { axis: 1 }), concat(sum.rights, { axis: transposeRight ? 1 : 0 }), {
        transposeRight,
      });
      sums.set(output.id, sum);
      return [product];
    });
  });
}
