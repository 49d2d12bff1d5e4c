/** Ops that change nothing disappear, and movements of movements become one. A table by op name, one line per law. */
import { type ProgramNode, type Shape, sameShape, type Tensor } from "@tapegrad/core";
import { broadcastTo, full, reshape, sum, transpose } from "@tapegrad/ops";
import { byLaws, constantOf, type Law, type Laws, numbersOf, type Origin } from "./origins.ts";
import type { Pass } from "./rewrite.ts";

/** `x` where the other operand is the constant that leaves it alone, and does not broadcast it. */
function neutral(value: number, side: 0 | 1 | "either"): Law {
  return ({ node, operands, originOf }) => {
    const sides = side === "either" ? [0, 1] : [side];
    const at = sides.find((i) => {
      const [constantSide, other] = [operands[i], operands[1 - i]];
      return (
        constantSide !== undefined &&
        other !== undefined &&
        constantOf(originOf(constantSide)) === value &&
        sameType(node, other)
      );
    });
    return at === undefined ? undefined : operands[1 - at];
  };
}

function sameType(node: ProgramNode, x: Tensor): boolean {
  const [output] = node.outputs;
  return output !== undefined && output.dtype === x.dtype && sameShape(output.shape, x.shape);
}

/** Gives the operand back when the result has its shape and dtype. */
const unchanged: Law = ({ node, operands: [x] }) => (x !== undefined && sameType(node, x) ? x : undefined);

/** `x` in the shape, itself if it has it. */
function reshaped(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : reshape(x, shape);
}

/** `f(x)` for the operand x of the operand, when that was made by the same op. */
function ofItself(f: (inner: Tensor, node: ProgramNode, origin: Origin) => Tensor): Law {
  return ({ node, operands: [x], originOf }) => {
    const origin = x && originOf(x);
    const [inner] = origin?.operands ?? [];
    return origin?.name === node.op.name && inner !== undefined ? f(inner, node, origin) : undefined;
  };
}

function axesOf({ attributes }: { readonly attributes: object }): readonly number[] {
  return numbersOf(attributes, "axes");
}

function shapeOf(node: ProgramNode): readonly number[] {
  return node.outputs[0]?.shape ?? [];
}

/** A constant in another shape is a constant. */
const ofConstant: Law = ({ node, operands: [x], originOf }) => {
  const value = x && constantOf(originOf(x));
  return value === undefined || x === undefined ? undefined : full(shapeOf(node), value, { dtype: x.dtype });
};

/** The sum of a sum, also where the axes of length 1 that the first one left were dropped in between, is one sum. */
const sumOfSum: Law = ({ node, operands: [x], originOf }) => {
  const outer = x && originOf(x);
  const [kept] = outer?.name === "reshape" ? outer.operands : [x];
  const inner = kept && originOf(kept);
  const [from] = inner?.operands ?? [];
  if (inner?.name !== "sum" || from === undefined || x === undefined) return undefined;
  const first = axesOf(inner).map((axis) => axis + from.rank);
  // The axes of `from` that x still has.
  const rest =
    x === kept
      ? from.shape.map((_, axis) => axis)
      : from.shape.flatMap((_, axis) => (first.includes(axis) ? [] : [axis]));
  const isDropped =
    rest.length === x.rank && rest.every((axis, i) => first.includes(axis) || from.shape[axis] === x.shape[i]);
  if (!isDropped) return undefined;
  const second = axesOf(node).map((axis) => rest[axis + x.rank] ?? 0);
  return reshaped(
    sum(from, { axis: [...new Set([...first, ...second])].sort((a, b) => a - b), keepDims: true }),
    shapeOf(node),
  );
};

export const simplifications: Laws = {
  alias: [unchanged],
  stopGradient: [unchanged],
  cast: [unchanged],
  neg: [ofItself((x) => x)],
  add: [neutral(0, "either")],
  sub: [neutral(0, 1)],
  mul: [neutral(1, "either")],
  div: [neutral(1, 1)],
  sum: [unchanged, sumOfSum],
  reshape: [unchanged, ofItself((x, node) => reshaped(x, shapeOf(node))), ofConstant],
  broadcastTo: [unchanged, ofItself((x, node) => broadcastTo(x, shapeOf(node))), ofConstant],
  slice: [unchanged],
  pad: [unchanged],
  concat: [({ operands }) => (operands.length === 1 ? operands[0] : undefined)],
  transpose: [
    ({ node, operands: [x] }) => (axesOf(node).every((axis, i) => axis === i) ? x : undefined),
    ofItself((x, node, inner) => {
      const axes = axesOf(node).map((axis) => axesOf(inner)[axis] ?? axis);
      return axes.every((axis, i) => axis === i) ? x : transpose(x, axes);
    }),
  ],
};

export const simplify: Pass = byLaws(simplifications);
