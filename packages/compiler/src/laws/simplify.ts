/**
 * Ops that change nothing disappear, and movements of movements become one. A table by op name, one line per law. All hold for
 * every dtype and every value, the sign of zero included.
 */
import { isFloat, type Shape, sameShape, type Tensor } from "@tapegrad/core";
import { broadcastTo, full, reshape, sum, transpose } from "@tapegrad/ops";
import { constantOf, type LocalLaw, type LocalLaws, numbersOf, type Origin, type Site } from "../rewrite/origins.ts";
import { isNeverNegativeZero, plusZero } from "../rewrite/signed-zero.ts";

/** `x` where the other operand is a constant that leaves it alone, and does not broadcast it. */
function neutral(isNeutral: (value: number, x: Tensor, site: Site) => boolean, ...sides: readonly (0 | 1)[]): LocalLaw {
  return (site) => {
    const at = sides.find((i) => {
      const [constantSide, other] = [site.operands[i], site.operands[1 - i]];
      const value = constantSide && constantOf(site.originOf(constantSide));
      return value !== undefined && other !== undefined && sameType(site.node, other) && isNeutral(value, other, site);
    });
    return at === undefined ? undefined : site.operands[1 - at];
  };
}

const isOne = (value: number) => value === 1;

/** x − 0 is x, but x − (−0) makes 0 of −0. */
const isSubtractedZero = (value: number, { dtype }: Tensor) => Object.is(value, 0) || (value === 0 && !isFloat(dtype));

/** x + (−0) is x, but x + 0 makes 0 of −0. */
const isAddedZero = (value: number, x: Tensor, { originOf }: Site) =>
  value === 0 && (Object.is(value, -0) || isNeverNegativeZero(x, originOf));

/** Sums begin with 0, so that x + 0 adds to them what x does: `f(x)` for the operand x + 0. */
function ofPlusZero(f: (x: Tensor, site: Site) => Tensor): LocalLaw {
  return (site) => {
    const [x] = site.operands;
    const origin = x && site.originOf(x);
    const [summand, zero] = origin?.operands ?? [];
    const isPlusZero = origin?.name === "add" && zero !== undefined && Object.is(constantOf(site.originOf(zero)), 0);
    return isPlusZero && summand !== undefined && sameShape(summand.shape, x?.shape ?? [])
      ? f(summand, site)
      : undefined;
  };
}

/** The sum over one element is that element plus 0. */
const sumOfOne: LocalLaw = ({ node, operands: [x], originOf }) => {
  return x !== undefined && sameType(node, x) ? plusZero(x, originOf) : undefined;
};

function sameType(node: Site["node"], x: Tensor): boolean {
  const [output] = node.outputs;
  return output !== undefined && output.dtype === x.dtype && sameShape(output.shape, x.shape);
}

/** Gives the operand back when the result has its shape and dtype. */
const unchanged: LocalLaw = ({ node, operands: [x] }) => (x !== undefined && sameType(node, x) ? x : undefined);

/** `x` in the shape, itself if it has it. */
function reshaped(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : reshape(x, shape);
}

/** `f(x)` for the operand x of the operand, when that was made by the same op. */
function ofItself(f: (inner: Tensor, node: Site["node"], origin: Origin) => Tensor): LocalLaw {
  return ({ node, operands: [x], originOf }) => {
    const origin = x && originOf(x);
    const [inner] = origin?.operands ?? [];
    return origin?.name === node.op.name && inner !== undefined ? f(inner, node, origin) : undefined;
  };
}

function axesOf({ attributes }: { readonly attributes: object }): readonly number[] {
  return numbersOf(attributes, "axes");
}

function shapeOf(node: Site["node"]): readonly number[] {
  return node.outputs[0]?.shape ?? [];
}

/** A constant in another shape is a constant. */
const ofConstant: LocalLaw = ({ node, operands: [x], originOf }) => {
  const value = x && constantOf(originOf(x));
  return value === undefined || x === undefined ? undefined : full(shapeOf(node), value, { dtype: x.dtype });
};

/** The sum of a sum, also where the axes of length 1 that the first one left were dropped in between, is one sum. */
const sumOfSum: LocalLaw = ({ node, operands: [x], originOf }) => {
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

export const simplifications: LocalLaws = {
  alias: [unchanged],
  stopGradient: [unchanged],
  cast: [unchanged],
  neg: [ofItself((x) => x)],
  add: [neutral(isAddedZero, 0, 1)],
  sub: [neutral(isSubtractedZero, 1)],
  mul: [neutral(isOne, 0, 1)],
  div: [neutral(isOne, 1)],
  sum: [
    sumOfOne,
    sumOfSum,
    ofPlusZero((x, { node }) => sum(x, { axis: axesOf(node).map((axis) => axis + x.rank), keepDims: true })),
  ],
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
