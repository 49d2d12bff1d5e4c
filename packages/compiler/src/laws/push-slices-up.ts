/**
 * `slice(f(x))` becomes `f(slice(x))` for elementwise f, if only slices of f(x) are read and they do not overlap. Then f(x) is
 * never stored whole. The gates of a recurrent cell join the loop that uses them.
 */
import { isRegion, type Program, type ProgramNode, type Shape, sameShape, type Tensor } from "@tapegrad/core";
import { applyNode, defined } from "@tapegrad/core/internal";
import { type SliceAttributes, slice } from "@tapegrad/ops";
import { isContraction, usesOf } from "../rewrite/graph.ts";
import { isNode } from "../rewrite/primitive-node.ts";
import { everywhere, type Pass, rewrite } from "../rewrite/rewrite.ts";

/**
 * `slice(f(x, y))` = `f(slice(x), slice(y))`, for elementwise f of which only slices are read.
 * A pass: slices of an elementwise result become elementwise results of slices.
 */
export const pushSlicesUp: Pass = everywhere((program: Program) => {
  if (!program.nodes.some((node) => isNode(node, "slice"))) return program;
  const narrowed = slicedNodes(program);
  if (narrowed.size === 0) return program;
  const operandsOf = new Map<ProgramNode, readonly Tensor[]>();
  const partOf = (id: number, whole: Tensor | undefined, range: SliceAttributes): Tensor => {
    const node = narrowed.get(id);
    if (node === undefined) return sliced(defined(whole, "operand"), range);
    const operands = defined(operandsOf.get(node), "operands");
    const parts = node.inputs.map((input, i) => partOf(input.id, operands[i], rangeWithin(input.shape, range)));
    return defined(applyNode(node, parts)[0], "result");
  };
  return rewrite(program, (node, operands) => {
    operandsOf.set(node, operands);
    return isNode(node, "slice") && narrowed.has(node.inputs[0].id)
      ? [partOf(node.inputs[0].id, operands[0], node.attributes)]
      : undefined;
  });
});

/** Elementwise nodes of which only slices that lie apart are read, directly or through one more such node. */
function slicedNodes(program: Program): Map<number, ProgramNode> {
  const uses = usesOf(program);
  const found = new Map<number, ProgramNode>();
  for (const node of program.nodes.toReversed()) {
    const [output] = node.outputs;
    if (output === undefined || node.inputs.length === 0) continue;
    const { readers, isReturned } = uses(output.id);
    if (isReturned) continue;
    if (isRegion(node.op) || isContraction(node) || node.op.batching.kind !== "pointwise") continue;
    const all = [...readers];
    const [only, ...others] = all.flatMap(({ outputs: [result] }) => (result === undefined ? [] : [result]));
    const slices = all.filter((reader) => isNode(reader, "slice"));
    const isSliced = slices.length === all.length && areApart(slices.map(({ attributes }) => attributes));
    const isPassedOn =
      only !== undefined && others.length === 0 && found.has(only.id) && sameShape(only.shape, output.shape);
    if (all.length > 0 && (isSliced || isPassedOn)) found.set(output.id, node);
  }
  return found;
}

/** Whether all hold every element of some block, and no two have an element in common. */
function areApart(ranges: readonly SliceAttributes[]): boolean {
  const overlap = (a: SliceAttributes, b: SliceAttributes) =>
    a.starts.every((start, axis) => {
      const other = b.starts[axis] ?? 0;
      return start < other + (b.sizes[axis] ?? 0) && other < start + (a.sizes[axis] ?? 0);
    });
  const isPlain = ({ sizes, steps }: SliceAttributes) =>
    sizes.every((size) => size > 0) && steps.every((step) => step === 1);
  return ranges.every((a, i) => isPlain(a) && ranges.slice(i + 1).every((b) => !overlap(a, b)));
}

/** The range of an operand of `shape` that broadcasts to what `range` is of. */
function rangeWithin(shape: Shape, { starts, sizes, steps }: SliceAttributes): SliceAttributes {
  const missing = starts.length - shape.length;
  return {
    starts: shape.map((length, axis) => (length === 1 ? 0 : (starts[axis + missing] ?? 0))),
    // A slice of an empty result is empty, also if the one element would be repeated.
    sizes: shape.map((length, axis) => Math.min(length, sizes[axis + missing] ?? 0)),
    steps: steps.slice(missing),
  };
}

function sliced(x: Tensor, { starts, sizes }: SliceAttributes): Tensor {
  const isWhole = x.shape.every((length, axis) => sizes[axis] === length);
  return isWhole
    ? x
    : slice(
        x,
        starts,
        starts.map((start, axis) => start + (sizes[axis] ?? 0)),
      );
}
