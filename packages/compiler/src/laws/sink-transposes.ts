/**
 * Transpositions move behind the ops that work on every row alike, and mostly meet another transposition that cancels them, or
 * a sum over all rows. The outputs of a recurrent layer are stacked by time and read by batch entry. With this pass a head, its
 * loss and their gradients work on them by time, and nothing is copied. The pass changes only what leaves fewer bytes to copy.
 */
import { type Program, type ProgramNode, sameShape, sizeOf, type Tensor } from "@tapegrad/core";
import { applyNode } from "@tapegrad/core/internal";
import {
  broadcastTo,
  full,
  gather,
  matmul,
  max,
  min,
  type PrimitiveName,
  primitives,
  reshape,
  scatterAdd,
  sum,
  transpose,
} from "@tapegrad/ops";
import { type LawPass, rewrittenByLaws } from "../rewrite/by-laws.ts";
import { idsOf } from "../rewrite/graph.ts";
import { constantOf, type Law, type Laws, type OriginOf } from "../rewrite/origins.ts";
import { isNode, madeBy } from "../rewrite/primitive-node.ts";
import { everywhere } from "../rewrite/rewrite.ts";

type Axes = readonly number[];

/** `transpose(from, axes)`. */
interface Transposed {
  readonly from: Tensor;
  readonly axes: Axes;
}

function transposedBy(x: Tensor, originOf: OriginOf): Transposed | undefined {
  const origin = madeBy(originOf(x), "transpose");
  return origin && { from: origin.operands[0], axes: origin.attributes.axes };
}

function inverse(axes: Axes): number[] {
  return axes.map((_, axis) => axes.indexOf(axis));
}

function keepsRows({ axes }: Transposed): boolean {
  return axes.at(-1) === axes.length - 1;
}

/** `x`, of as many axes or fewer, as it is before it is transposed by `axes`, and how many elements that copies. */
function untransposed(x: Tensor, axes: Axes, originOf: OriginOf): { readonly value: Tensor; readonly copied: number } {
  const own = transposedBy(x, originOf);
  if (own !== undefined && sameShape(own.axes, axes)) return { value: own.from, copied: 0 };
  const shape = [...axes.slice(x.rank).map(() => 1), ...x.shape];
  if (axes.every((from, axis) => from === axis || shape[axis] === 1)) return { value: x, copied: 0 };
  const back = inverse(axes);
  const origin = originOf(x);
  const untransposedShape = back.map((axis) => shape[axis] ?? 1);
  const value = constantOf(origin);
  if (value !== undefined) return { value: full(untransposedShape, value, { dtype: x.dtype }), copied: 0 };
  const [from] = madeBy(origin, "broadcastTo")?.operands ?? [x];
  if (from.size < x.size) {
    const small = untransposed(from, axes, originOf);
    return { value: broadcastTo(small.value, untransposedShape), copied: small.copied };
  }
  return { value: transpose(reshape(x, shape), back), copied: x.size };
}

/** Several operands before they are transposed; undefined if that copies much of what transposing `size` elements would. */
function allUntransposed(
  list: readonly Tensor[],
  axes: Axes,
  size: number,
  originOf: OriginOf,
): readonly Tensor[] | undefined {
  const transposed = list.map((x) => untransposed(x, axes, originOf));
  const copied = transposed.reduce((total, each) => total + each.copied, 0);
  return 2 * copied <= size ? transposed.map(({ value }) => value) : undefined;
}

const elementwise: Law<PrimitiveName> = ({ node, operands, output, originOf }) => {
  const rank = output.shape.length;
  const transposed = operands.flatMap((x) => (x.rank === rank ? (transposedBy(x, originOf) ?? []) : []));
  const [largest] = transposed.sort((a, b) => b.from.size - a.from.size);
  const inputs = largest && allUntransposed(operands, largest.axes, largest.from.size, originOf);
  if (largest === undefined || inputs === undefined) return undefined;
  const [result] = applyNode(node, inputs);
  return result && transpose(result, largest.axes);
};

const reductions = { sum, max, min };

function reduction(op: (typeof reductions)[keyof typeof reductions]): Law<keyof typeof reductions> {
  return ({ attributes, operands: [x], originOf }) => {
    const transposed = transposedBy(x, originOf);
    if (transposed === undefined) return undefined;
    const { from, axes } = transposed;
    const axis = attributes.axes.map((each) => axes[each + from.rank] ?? 0);
    return transpose(op(from, { axis, keepDims: true }), axes);
  };
}

/** An axis of length 1 more or less at the end. */
const lastAxis: Law<"reshape"> = ({ operands: [x], output: { shape }, originOf }) => {
  const transposed = transposedBy(x, originOf);
  if (transposed === undefined) return undefined;
  const { from, axes } = transposed;
  if (sameShape(shape, [...x.shape, 1])) return transpose(reshape(from, [...from.shape, 1]), [...axes, axes.length]);
  if (!keepsRows(transposed) || !sameShape([...shape, 1], x.shape)) return undefined;
  return transpose(reshape(from, from.shape.slice(0, -1)), axes.slice(0, -1));
};

/** Rows of a transposed tensor, as a matrix. */
function transposedRows(x: Tensor, originOf: OriginOf): (Transposed & { readonly rows: Tensor }) | undefined {
  const [from] = madeBy(originOf(x), "reshape")?.operands ?? [];
  const transposed = from && transposedBy(from, originOf);
  if (x.rank !== 2 || transposed === undefined || !keepsRows(transposed)) return undefined;
  const isWhole = transposed.from.rank > 2 && transposed.from.shape.at(-1) === x.shape.at(-1);
  return isWhole ? { ...transposed, rows: reshape(transposed.from, x.shape) } : undefined;
}

const product: Law<"matmul"> = ({
  attributes: { transposeLeft, transposeRight },
  operands: [left, right],
  originOf,
}) => {
  const rows = transposedRows(left, originOf);
  if (rows === undefined || right.rank !== 2) return undefined;
  const { from, axes } = rows;
  if (!transposeLeft) {
    const result = matmul(rows.rows, right, { transposeRight });
    const columns = result.shape.at(-1) ?? 1;
    const transposed = transpose(reshape(result, [...from.shape.slice(0, -1), columns]), axes);
    return reshape(transposed, result.shape);
  }
  // A sum over rows, in whatever order.
  const others = transposedRows(right, originOf);
  const isAlike =
    others !== undefined &&
    sameShape(others.axes, axes) &&
    sameShape(others.from.shape.slice(0, -1), from.shape.slice(0, -1));
  return isAlike && !transposeRight ? matmul(rows.rows, others.rows, { transposeLeft }) : undefined;
};

/** Elements of rows by index, read or added to. */
const byIndex: Law<"gather" | "scatterAdd"> = ({ attributes, operands: [x, ...others], originOf }) => {
  const transposed = transposedBy(x, originOf);
  if (transposed === undefined || !keepsRows(transposed) || attributes.axis !== -1) return undefined;
  const [indices, updates] = allUntransposed(others, transposed.axes, transposed.from.size, originOf) ?? [];
  if (indices === undefined) return undefined;
  const result =
    updates === undefined ? gather(transposed.from, indices) : scatterAdd(transposed.from, indices, updates);
  return transpose(result, transposed.axes);
};

const isElementwise = ({ batching, derivative }: (typeof primitives)[keyof typeof primitives]) =>
  batching.kind === "pointwise" && derivative.kind !== "multilinear";

const laws: Laws = {
  ...Object.fromEntries(
    Object.values(primitives)
      .filter(isElementwise)
      .map(({ name }) => [name, [elementwise]]),
  ),
  sum: [reduction(sum)],
  max: [reduction(max)],
  min: [reduction(min)],
  reshape: [lastAxis],
  matmul: [product],
  gather: [byIndex],
  scatterAdd: [byIndex],
};

/**
 * `f(transpose(x))` = `transpose(f(x))`, where less is left to copy.
 * A pass: transposes move behind ops that work on every row alike, where they often cancel.
 */
export const sinkTransposes: LawPass = Object.assign(
  everywhere((program) => {
    const copied = copiedElements(program);
    if (copied === 0) return program;
    const sunk = rewrittenByLaws(program, laws);
    return copiedElements(sunk) < copied ? sunk : program;
  }),
  { laws },
);

/** Elements of transposed tensors that something needs in their order. */
function copiedElements({ nodes, outputs }: Program): number {
  const needed = new Set(idsOf(outputs));
  for (const node of nodes) if (needsOrder(node)) for (const { id } of node.inputs) needed.add(id);
  return nodes
    .filter((node) => isNode(node, "transpose"))
    .map(({ outputs: [output] }) => output)
    .reduce((total, { id, shape }) => total + (needed.has(id) ? sizeOf(shape) : 0), 0);
}

function needsOrder(node: ProgramNode): boolean {
  const { inputs, outputs } = node;
  const isTrivial = sameShape(
    inputs[0]?.shape.filter((length) => length > 1) ?? [],
    outputs[0]?.shape.filter((length) => length > 1) ?? [],
  );
  return isNode(node, "matmul") || (isNode(node, "reshape") && !isTrivial);
}
