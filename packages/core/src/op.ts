/**
 * One record per primitive: its type rule and its derivative, declared once for forward and reverse mode. Rules are
 * written in ops, never in data, so whatever walks a tape can itself be recorded, and derivatives of any order follow.
 */
import type { Tensor } from "./tensor.ts";
import type { TensorType } from "./variable.ts";

/** Static arguments of an op: plain data, so that Programs can compare and print them. */
export type Attributes = object;

/** What a rule may look at. Reading a value that the record does not save is an internal error. */
export interface DerivativeContext<A> {
  /** The value of input `index`, if saved. */
  input(index: number): Tensor;
  /** The value of the output, if saved. */
  readonly y: Tensor;
  /** Types of all inputs, saved or not. */
  readonly inputTypes: readonly TensorType[];
  readonly attributes: A;
}

/** Operands that a rule reads: input positions, or "y" for the output. Everything else is free to be dropped. */
export type Saves = readonly (number | "y")[];

/**
 * How an op differentiates. With u the tangents of the inputs and g the cotangent of the output:
 *
 * | kind | forward ẏ | reverse x̄ᵢ |
 * | --- | --- | --- |
 * | pointwise | Σ ∂ᵢ ⊙ uᵢ | g ⊙ ∂ᵢ, summed to the input's shape by the engine |
 * | reduction | Σ w ⊙ u over `axes`, kept | w ⊙ g |
 * | linear | op(u), jointly in the inputs named | transpose(g, i) |
 * | multilinear | Σᵢ op(… uᵢ …) | transpose(g, i) |
 * | zero | 0 | 0 |
 * | none | – | – (integer or boolean results) |
 */
export type Derivative<A> =
  | { readonly kind: "pointwise"; readonly partials: readonly Partial<A>[]; readonly saves: Saves }
  | { readonly kind: "reduction"; readonly weights: Weights<A>; readonly saves: Saves }
  | {
      readonly kind: "linear";
      readonly inputs: readonly number[] | "all";
      readonly transpose: Transpose<A>;
      readonly saves: Saves;
    }
  | { readonly kind: "multilinear"; readonly transpose: Transpose<A>; readonly saves: Saves }
  | { readonly kind: "zero" }
  | { readonly kind: "none" };

/*
 * The three rule types go through a method, whose parameters TypeScript compares bivariantly: a record for specific
 * attributes is then also an `OpDefinition<Attributes>`. This is the one place where attribute types are erased, and
 * `apply` keeps op and attributes together, so that a rule is only ever called with its own.
 */

/** ∂y/∂xᵢ, elementwise; a constant slope is a plain number. */
export type Partial<A> = { rule(context: DerivativeContext<A>): Tensor | number }["rule"];
export type Weights<A> = { rule(context: DerivativeContext<A>): Tensor }["rule"];
/** The cotangent of input `index`, of that input's shape and dtype. */
export type Transpose<A> = { rule(g: Tensor, context: DerivativeContext<A>, index: number): Tensor }["rule"];

export interface OpDefinition<A extends Attributes = Attributes> {
  readonly name: string;
  /** Shape and dtype of the result. @throws ShapeError, DTypeError before any kernel runs. */
  type(inputs: readonly TensorType[], attributes: A): TensorType;
  readonly derivative: Derivative<A>;
  /** How far a kernel may be from the float64 result, in units in the last place of the largest |result|. */
  readonly tolerance: number;
  /** The op in other ops, for backends that have no kernel for it. */
  decompose?(inputs: readonly Tensor[], attributes: A): Tensor;
}
