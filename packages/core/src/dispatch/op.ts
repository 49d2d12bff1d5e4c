/**
 * One record per primitive: its type rule and its derivative, declared once for forward and reverse mode. Rules are
 * written in ops, never in data, so whatever walks a tape can itself be recorded, and derivatives of any order follow.
 */
import type { TypedArray } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { TensorType } from "../tensor/variable.ts";

/** Static arguments of an op: plain data, so that Programs can compare and print them. */
export type Attributes = object;

/** Lists of one T per operand, and the positions in them, by the number of operands. */
interface ByArity<T> {
  readonly 0: { readonly list: readonly []; readonly position: never };
  readonly 1: { readonly list: readonly [T]; readonly position: 0 };
  readonly 2: { readonly list: readonly [T, T]; readonly position: 0 | 1 };
  readonly 3: { readonly list: readonly [T, T, T]; readonly position: 0 | 1 | 2 };
}

/** One T for each operand of an op: a tuple, or a list of any length where the arity is `number`, as of `concat`. */
export type Operands<T, Arity extends number = number> = Arity extends keyof ByArity<unknown>
  ? ByArity<T>[Arity]["list"]
  : readonly T[];

/** The positions of operands: 0 and 1 of a binary op. */
export type Position<Arity extends number = number> = Arity extends keyof ByArity<unknown>
  ? ByArity<unknown>[Arity]["position"]
  : number;

/** What a rule may look at. Reading a value that the record does not save is an internal error. */
export interface DerivativeContext<A, Arity extends number = number> {
  /** The value of input `index`, if saved. */
  input(index: Position<Arity>): Tensor;
  /** The value of the output, if saved. */
  readonly y: Tensor;
  /** Types of all inputs, saved or not. */
  readonly inputTypes: Operands<TensorType, Arity>;
  readonly attributes: A;
}

/** Operands that a rule reads: input positions, or "y" for the output. Everything else is free to be dropped. */
export type Saves<Arity extends number = number> = readonly (Position<Arity> | "y")[];

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
export type Derivative<A, Arity extends number = number> =
  | { readonly kind: "pointwise"; readonly partials: Operands<Partial<A, Arity>, Arity>; readonly saves: Saves<Arity> }
  | { readonly kind: "reduction"; readonly weights: Weights<A, Arity>; readonly saves: Saves<Arity> }
  | {
      readonly kind: "linear";
      readonly inputs: readonly Position<Arity>[] | "all";
      readonly transpose: Transpose<A, Arity>;
      readonly saves: Saves<Arity>;
    }
  | { readonly kind: "multilinear"; readonly transpose: Transpose<A, Arity>; readonly saves: Saves<Arity> }
  | { readonly kind: "zero" }
  | { readonly kind: "none" };

/*
 * The rule types are the types of a method, because TypeScript compares the parameters of methods bivariantly: a record for
 * specific attributes and operands is then also an `OpDefinition`. This erases the attributes' types. It is safe because `apply`
 * keeps op and attributes together, so that a rule gets only attributes of its own op.
 */

/** ∂y/∂xᵢ, elementwise; a constant slope is a plain number. */
export type Partial<A, Arity extends number = number> = {
  rule(context: DerivativeContext<A, Arity>): Tensor | number;
}["rule"];
/** What a reduction's derivative multiplies tangents and cotangents by. */
export type Weights<A, Arity extends number = number> = {
  rule(context: DerivativeContext<A, Arity>): Tensor;
}["rule"];
/** The cotangent of input `index`, of that input's shape and dtype. */
export type Transpose<A, Arity extends number = number> = {
  rule(g: Tensor, context: DerivativeContext<A, Arity>, index: Position<Arity>): Tensor;
}["rule"];

/** What vmap knows when it applies an op to operands of which some have a leading batch axis. */
export interface BatchContext {
  /** Which inputs have the axis. */
  readonly batched: readonly boolean[];
  /** Its length. */
  readonly size: number;
  /** Whether every batch entry draws the same random numbers; undefined when the caller did not say. */
  readonly randomness: "same" | "different" | undefined;
}

/** A tensor that may have the batch axis, first. */
export interface MaybeBatched {
  readonly tensor: Tensor;
  readonly batched: boolean;
}

/**
 * How an op runs over a leading batch axis: "pointwise" broadcasts, so operands are only aligned; "trailing" has negative
 * axes in its attributes, so a leading axis changes nothing once every operand has it; else a rule, whose result has the axis.
 * "random" marks a rule that gives each batch entry its own numbers.
 */
export type Batching<A, Arity extends number = number> =
  | { readonly kind: "pointwise" }
  | { readonly kind: "trailing" }
  | { readonly kind: "rule" | "random"; readonly rule: BatchRule<A, Arity> };
/** How an op is applied to inputs that have a batch axis in front. */
export type BatchRule<A, Arity extends number = number> = {
  rule(inputs: Operands<Tensor, Arity>, attributes: A, context: BatchContext): Tensor;
}["rule"];

/** A tensor in the memory of the host: its type, and its data, dense and row-major. */
export interface HostOperand extends TensorType {
  readonly data: TypedArray;
}

/**
 * The record of a primitive: its type rule, derivative, batching rule and tolerance. Everything that walks Programs reads
 * it. `OpDefinition<A, 2>` is a record of a binary op: its rules and `apply` take exactly two operands.
 */
export interface OpDefinition<A extends Attributes = Attributes, Arity extends number = number> {
  readonly name: string;
  /** Shape and dtype of the result. @throws ShapeError, DTypeError before any kernel runs. */
  type(inputs: Operands<TensorType, Arity>, attributes: A): TensorType;
  readonly derivative: Derivative<A, Arity>;
  readonly batching: Batching<A, Arity>;
  /** How far a kernel may be from the float64 result, in units in the last place of the largest |result|. */
  readonly tolerance: number;
  /** The op in other ops, eager and compiled: no kernel is asked for, not even one of its name. */
  decompose?(inputs: Operands<Tensor, Arity>, attributes: A): Tensor;
  /**
   * The op on arrays of the host, written into `output.data`, for backends whose tensors lie there; called in place of a kernel,
   * eager and compiled, on the very memory of the operands. It runs once for every time that the op is applied.
   */
  host?(inputs: Operands<HostOperand, Arity>, attributes: A, output: HostOperand): void;
}

/** What the rules of a region may look at: its operands and results on this application, all of them kept. */
export interface RegionContext<A> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: A;
}

/**
 * An op with a body: a loop, a branch, a checkpoint. Its attributes hold Programs, it may have several results, and its rules
 * are functions of the whole application instead of a kind. `undefined` stands for a zero tangent or cotangent.
 */
export interface RegionDefinition<A extends Attributes = Attributes> {
  readonly name: string;
  types(inputs: readonly TensorType[], attributes: A): readonly TensorType[];
  /** The reference interpreter: the results by ops. Recorders see the region, not what happens inside. */
  run(inputs: readonly Tensor[], attributes: A): readonly Tensor[];
  forward(tangents: readonly (Tensor | undefined)[], context: RegionContext<A>): readonly (Tensor | undefined)[];
  /** Cotangents of the inputs; only those marked in `wanted` are looked at. */
  reverse(
    cotangents: readonly (Tensor | undefined)[],
    context: RegionContext<A>,
    wanted: readonly boolean[],
  ): readonly (Tensor | undefined)[];
  /** The region over a leading batch axis, which a result that depends on nothing batched need not have. */
  batch(inputs: readonly Tensor[], attributes: A, context: BatchContext): readonly MaybeBatched[];
}

/** What a node of a tape or Program applies: a primitive, or a region. */
export type Operation = OpDefinition | RegionDefinition;

/** Whether an op has a body: `scan`, `cond`, `checkpoint`, `customVjp`. */
export function isRegion(op: Operation): op is RegionDefinition {
  return "run" in op;
}
