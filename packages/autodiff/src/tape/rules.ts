/**
 * Forward and reverse mode of each kind of derivative. Rules are written in ops, so that a derivative can be recorded and
 * differentiated again. Only this file knows kinds, and nothing in this package depends on an op's name.
 */
import {
  type Attributes,
  apply,
  type Derivative,
  type DerivativeContext,
  isFloat,
  isRegion,
  type OpDefinition,
  type Tensor,
  type Variable,
} from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { add, mul, neg } from "@tapegrad/ops";
import { filledWith, repeated, sumTo } from "@tapegrad/ops/internal";
import { contextOf, regionContextOf, type TapeNode } from "./node.ts";

/** A tangent or cotangent; undefined stands for zero. */
export type MaybeTensor = Tensor | undefined;

/** One application of a primitive, as its rules see it. */
interface Site {
  readonly op: OpDefinition;
  readonly context: DerivativeContext<Attributes>;
  readonly inputs: readonly Variable[];
  readonly output: Variable;
}

type Kind = Derivative<Attributes>["kind"];
type OfKind<K extends Kind> = Extract<Derivative<Attributes>, { kind: K }>;

/** ẏ from the tangents of the inputs. */
type Forward<D> = (derivative: D, site: Site, tangents: readonly MaybeTensor[]) => MaybeTensor;
/** x̄ of input `index`, from the cotangent `g` of the output. */
type Reverse<D> = (derivative: D, site: Site, g: Tensor, index: number) => MaybeTensor;

const vanishes = () => undefined;

const forwardRules: { [K in Kind]: Forward<OfKind<K>> } = {
  pointwise: ({ partials }, { context, output }, tangents) => {
    const terms = tangents.map((u, index) => u && scale(u, defined(partials[index], "partial")(context)));
    const sum = total(terms);
    // The tangent of a broadcast input is as small as the input.
    return sum && repeated(sum, output.shape);
  },
  reduction: ({ weights }, { context, output }, [u]) => u && sumTo(mul(weights(context), u), output.shape),
  linear: ({ inputs: linear }, { op, context, inputs }, tangents) => {
    const like = tangents.find((u) => u !== undefined);
    if (like === undefined) return undefined;
    const operands = inputs.map(({ shape, dtype }, index) => {
      if (!isLinearIn(linear, index)) return context.input(index);
      return tangents[index] ?? filledWith(shape, 0, dtype, like);
    });
    return apply(op, operands, context.attributes);
  },
  multilinear: (_, { op, context, inputs }, tangents) =>
    total(
      tangents.map(
        (u, index) =>
          u &&
          apply(
            op,
            inputs.map((__, i) => (i === index ? u : context.input(i))),
            context.attributes,
          ),
      ),
    ),
  zero: vanishes,
  none: vanishes,
};

const reverseRules: { [K in Kind]: Reverse<OfKind<K>> } = {
  pointwise: ({ partials }, { context, inputs }, g, index) =>
    sumTo(scale(g, defined(partials[index], "partial")(context)), defined(inputs[index], "input").shape),
  reduction: ({ weights }, { context }, g) => mul(weights(context), g),
  linear: ({ inputs, transpose }, { context }, g, index) =>
    isLinearIn(inputs, index) ? transpose(g, context, index) : undefined,
  multilinear: ({ transpose }, { context }, g, index) => transpose(g, context, index),
  zero: vanishes,
  none: vanishes,
};

function isLinearIn(linear: readonly number[] | "all", index: number): boolean {
  return linear === "all" || linear.includes(index);
}

/** ẏ of every output, from the tangents of the inputs. */
export function forward(node: TapeNode, tangents: readonly MaybeTensor[]): readonly MaybeTensor[] {
  const { op } = node;
  if (tangents.every((u) => u === undefined)) return node.outputs.map(() => undefined);
  if (isRegion(op)) {
    const results = op.forward(tangents, regionContextOf(node));
    return results.map((u, i) => (isFloat(defined(node.outputs[i], "output").dtype) ? u : undefined));
  }
  const [output] = node.outputs;
  if (output === undefined || !isFloat(output.dtype)) return [undefined];
  const site = { op, context: contextOf(op, node), inputs: node.inputs, output };
  return [ruleOf<Forward<typeof op.derivative>>(forwardRules, op)(op.derivative, site, tangents)];
}

/** x̄ of every input that is wanted, from the cotangents of the outputs. */
export function reverse(
  node: TapeNode,
  cotangents: readonly MaybeTensor[],
  wanted: readonly boolean[],
): readonly MaybeTensor[] {
  const { op } = node;
  if (isRegion(op)) return op.reverse(cotangents, regionContextOf(node), wanted);
  const [g] = cotangents;
  const [output] = node.outputs;
  if (g === undefined || output === undefined) return [];
  const site = { op, context: contextOf(op, node), inputs: node.inputs, output };
  const rule = ruleOf<Reverse<typeof op.derivative>>(reverseRules, op);
  return wanted.map((isWanted, index) => (isWanted ? rule(op.derivative, site, g, index) : undefined));
}

/** A lookup by kind, which TypeScript cannot correlate with the record that the rule is then called with. */
function ruleOf<Rule>(rules: { readonly [K in Kind]: unknown }, { derivative }: OpDefinition): Rule {
  return rules[derivative.kind] as Rule;
}

/** u ⊙ slope, without arithmetic for the slopes 1 and −1. */
function scale(u: Tensor, slope: Tensor | number): Tensor {
  if (slope === 1) return u;
  return slope === -1 ? neg(u) : mul(u, slope);
}

function total(terms: readonly MaybeTensor[]): MaybeTensor {
  return terms.reduce((sum, term) => (sum && term ? add(sum, term) : (sum ?? term)), undefined);
}
