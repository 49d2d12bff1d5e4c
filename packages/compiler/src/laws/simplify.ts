/**
 * Ops that change nothing disappear, and movements of movements become one. A table by op name, one line per law. All hold for
 * every dtype and every value, the sign of zero included.
 */
import { isFloat, type Shape, sameShape, type Tensor, type TensorType } from "@tapegrad/core";
import { broadcastTo, full, type PrimitiveName, reshape, sum, transpose } from "@tapegrad/ops";
import {
  constantOf,
  type LocalLaw,
  type LocalLaws,
  type OriginOf,
  type Site,
  type UnaryName,
} from "../rewrite/origins.ts";
import { madeBy } from "../rewrite/primitive-node.ts";
import { isNeverNegativeZero, plusZero } from "../rewrite/signed-zero.ts";

/** `x` where the other operand is a constant that leaves it alone, and does not broadcast it. */
function neutral(
  isNeutral: (value: number, x: Tensor, originOf: OriginOf) => boolean,
  ...sides: readonly (0 | 1)[]
): LocalLaw<"add" | "sub" | "mul" | "div"> {
  return ({ operands: [a, b], output, originOf }) => {
    for (const side of sides) {
      const [constant, other] = side === 0 ? [a, b] : [b, a];
      const value = constantOf(originOf(constant));
      if (value !== undefined && sameType(output, other) && isNeutral(value, other, originOf)) return other;
    }
    return undefined;
  };
}

const isOne = (value: number) => value === 1;

/** x − 0 is x, but x − (−0) makes 0 of −0. */
const isSubtractedZero = (value: number, { dtype }: Tensor) => Object.is(value, 0) || (value === 0 && !isFloat(dtype));

/** x + (−0) is x, but x + 0 makes 0 of −0. */
const isAddedZero = (value: number, x: Tensor, originOf: OriginOf) =>
  value === 0 && (Object.is(value, -0) || isNeverNegativeZero(x, originOf));

/** Sums begin with 0, so that x + 0 adds to them what x does. */
const sumOfPlusZero: LocalLaw<"sum"> = ({ attributes: { axes }, operands: [x], originOf }) => {
  const [summand, zero] = madeBy(originOf(x), "add")?.operands ?? [];
  const isPlusZero = zero !== undefined && Object.is(constantOf(originOf(zero)), 0);
  return isPlusZero && summand !== undefined && sameShape(summand.shape, x.shape)
    ? sum(summand, { axis: axes.map((axis) => axis + summand.rank), keepDims: true })
    : undefined;
};

/** The sum over one element is that element plus 0. */
const sumOfOne: LocalLaw<"sum"> = ({ operands: [x], output, originOf }) =>
  sameType(output, x) ? plusZero(x, originOf) : undefined;

function sameType(output: TensorType, x: Tensor): boolean {
  return output.dtype === x.dtype && sameShape(output.shape, x.shape);
}

/** Gives the operand back when the result has its shape and dtype. */
const unchanged: LocalLaw<UnaryName> = ({ operands: [x], output }) => (sameType(output, x) ? x : undefined);

/** `x` in the shape, itself if it has it. */
function reshaped(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : reshape(x, shape);
}

/** `f(x)` for the operand x of the operand, when that was made by the op `name`. */
function of(name: UnaryName, f: (inner: Tensor, site: Site<PrimitiveName>) => Tensor): LocalLaw<UnaryName> {
  return (site) => {
    const [inner] = madeBy(site.originOf(site.operands[0]), name)?.operands ?? [];
    return inner && f(inner, site);
  };
}

/** A constant in another shape is a constant. */
const ofConstant: LocalLaw<UnaryName> = ({ operands: [x], output: { shape }, originOf }) => {
  const value = constantOf(originOf(x));
  return value === undefined ? undefined : full(shape, value, { dtype: x.dtype });
};

/** The sum of a sum, also where the axes of length 1 that the first one left were dropped in between, is one sum. */
const sumOfSum: LocalLaw<"sum"> = ({ attributes, operands: [x], output, originOf }) => {
  const [kept] = madeBy(originOf(x), "reshape")?.operands ?? [x];
  const inner = madeBy(originOf(kept), "sum");
  if (inner === undefined) return undefined;
  const [from] = inner.operands;
  const first = inner.attributes.axes.map((axis) => axis + from.rank);
  // The axes of `from` that x still has.
  const rest =
    x === kept
      ? from.shape.map((_, axis) => axis)
      : from.shape.flatMap((_, axis) => (first.includes(axis) ? [] : [axis]));
  const isDropped =
    rest.length === x.rank && rest.every((axis, i) => first.includes(axis) || from.shape[axis] === x.shape[i]);
  if (!isDropped) return undefined;
  const second = attributes.axes.map((axis) => rest[axis + x.rank] ?? 0);
  return reshaped(
    sum(from, { axis: [...new Set([...first, ...second])].sort((a, b) => a - b), keepDims: true }),
    output.shape,
  );
};

/** The axes of two transpositions, one after the other. */
const transposeOfTranspose: LocalLaw<"transpose"> = ({ attributes, operands: [x], originOf }) => {
  const inner = madeBy(originOf(x), "transpose");
  const axes = attributes.axes.map((axis) => inner?.attributes.axes[axis] ?? axis);
  const [from] = inner?.operands ?? [x];
  if (axes.every((axis, i) => axis === i)) return from;
  return inner && transpose(from, axes);
};

export const simplifications: LocalLaws = {
  alias: [unchanged],
  stopGradient: [unchanged],
  cast: [unchanged],
  neg: [of("neg", (x) => x)],
  add: [neutral(isAddedZero, 0, 1)],
  sub: [neutral(isSubtractedZero, 1)],
  mul: [neutral(isOne, 0, 1)],
  div: [neutral(isOne, 1)],
  sum: [sumOfOne, sumOfSum, sumOfPlusZero],
  reshape: [unchanged, of("reshape", (x, { output }) => reshaped(x, output.shape)), ofConstant],
  broadcastTo: [unchanged, of("broadcastTo", (x, { output }) => broadcastTo(x, output.shape)), ofConstant],
  slice: [unchanged],
  pad: [unchanged],
  concat: [({ operands }) => (operands.length === 1 ? operands[0] : undefined)],
  transpose: [transposeOfTranspose],
};
