/**
 * What each kind of derivative means in forward and in reverse mode. Written in ops, so that a derivative can be recorded
 * and differentiated again; the one place that knows kinds, and no place knows op names.
 */
import { type Attributes, apply, type Derivative, defined, isFloat, type Tensor } from "@tapegrad/core";
import { add, broadcastTo, mul, neg, sumTo, zeros } from "@tapegrad/ops";
import { contextOf, type TapeNode } from "./node.ts";

type Kind = Derivative<Attributes>["kind"];
type OfKind<K extends Kind> = Extract<Derivative<Attributes>, { kind: K }>;

interface Modes<K extends Kind> {
  /** ẏ from the tangents of the inputs, undefined standing for zero. */
  forward(derivative: OfKind<K>, node: TapeNode, tangents: readonly (Tensor | undefined)[]): Tensor | undefined;
  /** x̄ of input `index`, from the cotangent `g` of the output. */
  reverse(derivative: OfKind<K>, node: TapeNode, g: Tensor, index: number): Tensor | undefined;
}

const nothing: Modes<"zero"> & Modes<"none"> = { forward: () => undefined, reverse: () => undefined };

const kinds: { [K in Kind]: Modes<K> } = {
  pointwise: {
    forward: ({ partials }, node, tangents) => {
      const context = contextOf(node);
      const terms = tangents.map((u, index) => u && scale(u, defined(partials[index], "partial")(context)));
      // A broadcast input's tangent is as small as the input; the sum must have the output's shape.
      const sum = total(terms);
      return sum && broadcastTo(sum, node.output.shape);
    },
    reverse: ({ partials }, node, g, index) =>
      sumTo(scale(g, defined(partials[index], "partial")(contextOf(node))), defined(node.inputs[index], "input").shape),
  },
  reduction: {
    forward: ({ weights }, node, [u]) => u && sumTo(mul(weights(contextOf(node)), u), node.output.shape),
    reverse: ({ weights }, node, g) => mul(weights(contextOf(node)), g),
  },
  linear: {
    forward: ({ inputs }, node, tangents) => {
      if (tangents.every((u) => u === undefined)) return undefined;
      const linearIn = (index: number) => inputs === "all" || inputs.includes(index);
      const context = contextOf(node);
      const operands = node.inputs.map(({ shape, dtype }, index) => {
        if (!linearIn(index)) return context.input(index);
        return (
          tangents[index] ??
          zeros(shape, {
            dtype,
            like: defined(
              tangents.find((u) => u !== undefined),
              "tangent",
            ),
          })
        );
      });
      return apply(node.op, operands, node.attributes);
    },
    reverse: ({ inputs, transpose }, node, g, index) =>
      inputs === "all" || inputs.includes(index) ? transpose(g, contextOf(node), index) : undefined,
  },
  multilinear: {
    forward: (_, node, tangents) => {
      const context = contextOf(node);
      const terms = tangents.map(
        (u, index) =>
          u &&
          apply(
            node.op,
            node.inputs.map((__, i) => (i === index ? u : context.input(i))),
            node.attributes,
          ),
      );
      return total(terms);
    },
    reverse: ({ transpose }, node, g, index) => transpose(g, contextOf(node), index),
  },
  zero: nothing,
  none: nothing,
};

/** ẏ of a node, or undefined when it is zero. */
export function forward(node: TapeNode, tangents: readonly (Tensor | undefined)[]): Tensor | undefined {
  return isFloat(node.output.dtype)
    ? modesOf(node.op.derivative).forward(node.op.derivative, node, tangents)
    : undefined;
}

/** x̄ of input `index`, or undefined when it is zero. */
export function reverse(node: TapeNode, g: Tensor, index: number): Tensor | undefined {
  return isFloat(defined(node.inputs[index], "input").dtype)
    ? modesOf(node.op.derivative).reverse(node.op.derivative, node, g, index)
    : undefined;
}

/** A lookup by kind, which TypeScript cannot correlate with the record that it is then called with. */
function modesOf<K extends Kind>(derivative: OfKind<K>): Modes<K> {
  return kinds[derivative.kind as K];
}

/** u ⊙ slope, without arithmetic for the slopes 1 and −1. */
function scale(u: Tensor, slope: Tensor | number): Tensor {
  if (slope === 1) return u;
  return slope === -1 ? neg(u) : mul(u, slope);
}

function total(terms: readonly (Tensor | undefined)[]): Tensor | undefined {
  return terms
    .filter((term) => term !== undefined)
    .reduce<Tensor | undefined>((sum, term) => (sum ? add(sum, term) : term), undefined);
}
