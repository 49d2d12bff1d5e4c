/** Makers of pointwise ops: one call gives the record and, around it, the public function that normalises operands. */
import {
  apply,
  broadcastShapes,
  type Derivative,
  type DType,
  type OpDefinition,
  type Partial,
  type Saves,
  type Tensor,
  type TensorType,
} from "@tapegrad/core";
import { type DTypePolicy, operands, type TensorLike } from "../operands.ts";

/** The attributes of ops that have none. */
export type NoAttributes = Record<never, never>;
export const noAttributes: NoAttributes = Object.freeze({});

/** A public op that carries its record. */
export type Op<Arguments extends unknown[], A extends object = NoAttributes> = ((...args: Arguments) => Tensor) & {
  readonly op: OpDefinition<A>;
};

export interface PointwiseOptions<D> {
  /** ∂y/∂x for each input; "zero" where it vanishes almost everywhere, "none" for results that are not floats. */
  readonly derivative: D | "zero" | "none";
  /** What the derivative reads. */
  readonly saves?: Saves | undefined;
  readonly dtypes?: DTypePolicy | undefined;
  /** The dtype of the result; by default the operands' own. */
  readonly result?: DType | undefined;
  /** See `OpDefinition.tolerance`; correctly rounded arithmetic by default. */
  readonly tolerance?: number | undefined;
}

/** Named operands of a rule; each is there only if the record saves it. */
export interface UnaryContext {
  readonly x: Tensor;
  readonly y: Tensor;
}
export interface BinaryContext {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly y: Tensor;
}

type UnaryPartial = (context: UnaryContext) => Tensor | number;
type BinaryPartial = (context: BinaryContext) => Tensor | number;

export function unary(name: string, options: PointwiseOptions<UnaryPartial>): Op<[x: TensorLike]> {
  const { derivative: declared, saves = [], dtypes = "floating" } = options;
  const op = pointwise(
    name,
    options,
    typeof declared === "string" ? { kind: declared } : { kind: "pointwise", saves, partials: [unaryRule(declared)] },
  );
  return Object.assign((x: TensorLike) => apply(op, operands(name, [x], dtypes), noAttributes), { op });
}

export function binary(
  name: string,
  options: PointwiseOptions<readonly [BinaryPartial, BinaryPartial]>,
): Op<[a: TensorLike, b: TensorLike]> {
  const { derivative: declared, saves = [], dtypes = "numeric" } = options;
  const op = pointwise(
    name,
    options,
    typeof declared === "string"
      ? { kind: declared }
      : { kind: "pointwise", saves, partials: declared.map(binaryRule) },
  );
  return Object.assign((a: TensorLike, b: TensorLike) => apply(op, operands(name, [a, b], dtypes), noAttributes), {
    op,
  });
}

function pointwise(
  name: string,
  { result, tolerance = 0.5 }: PointwiseOptions<unknown>,
  derivative: Derivative<NoAttributes>,
): OpDefinition<NoAttributes> {
  return {
    name,
    type: (inputs) => pointwiseType(name, inputs, result),
    derivative,
    batching: { kind: "pointwise" },
    tolerance,
  };
}

// Getters, because an operand that is not saved must only fail when a rule reads it.
function unaryRule(partial: UnaryPartial): Partial<NoAttributes> {
  return (context) =>
    partial({
      get x() {
        return context.input(0);
      },
      get y() {
        return context.y;
      },
    });
}

function binaryRule(partial: BinaryPartial): Partial<NoAttributes> {
  return (context) =>
    partial({
      get a() {
        return context.input(0);
      },
      get b() {
        return context.input(1);
      },
      get y() {
        return context.y;
      },
    });
}

/** The broadcast of the inputs' shapes, in the last input's dtype unless `result` says otherwise. */
export function pointwiseType(name: string, inputs: readonly TensorType[], result?: DType): TensorType {
  const shape = broadcastShapes(
    name,
    inputs.map((input) => input.shape),
  );
  return { shape, dtype: result ?? inputs.at(-1)?.dtype ?? "float32" };
}
