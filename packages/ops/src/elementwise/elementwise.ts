/** Makers of pointwise ops: one call makes the record and the public function, which normalises operands. */
import {
  apply,
  broadcastShapes,
  type Derivative,
  type DerivativeContext,
  type DType,
  type OpDefinition,
  type Saves,
  type Tensor,
  type TensorType,
} from "@tapegrad/core";
import { type DTypePolicy, operands, type TensorLike } from "../operands.ts";

/** The attributes of ops that have none. */
export type NoAttributes = Record<never, never>;
export const noAttributes: NoAttributes = Object.freeze({});

/** A public op that carries its record. */
export type Op<Arguments extends unknown[], A extends object, Arity extends number> = ((
  ...args: Arguments
) => Tensor) & { readonly op: OpDefinition<A, Arity> };

export interface PointwiseOptions<D, Arity extends number> {
  /** ∂y/∂x for each input; "zero" where it vanishes almost everywhere, "none" for results that are not floats. */
  readonly derivative: D | "zero" | "none";
  /** What the derivative reads. */
  readonly saves?: Saves<Arity> | undefined;
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

/** The part of a rule's context that has names in a rule; a unary op has one input only. */
type SavedOperands = Pick<DerivativeContext<NoAttributes, 2>, "input" | "y">;
type UnaryPartial = (context: UnaryContext) => Tensor | number;
type BinaryPartial = (context: BinaryContext) => Tensor | number;

export function unary(name: string, options: PointwiseOptions<UnaryPartial, 1>): Op<[x: TensorLike], NoAttributes, 1> {
  const { derivative: declared, saves = [], dtypes = "floating" } = options;
  const op = pointwise<1>(
    name,
    options,
    typeof declared === "string" ? { kind: declared } : { kind: "pointwise", saves, partials: [rule(declared)] },
  );
  return Object.assign((x: TensorLike) => apply(op, operands(name, [x], dtypes), noAttributes), { op });
}

export function binary(
  name: string,
  options: PointwiseOptions<readonly [BinaryPartial, BinaryPartial], 2>,
): Op<[a: TensorLike, b: TensorLike], NoAttributes, 2> {
  const { derivative: declared, saves = [], dtypes = "numeric" } = options;
  const op = pointwise<2>(
    name,
    options,
    typeof declared === "string"
      ? { kind: declared }
      : { kind: "pointwise", saves, partials: [rule(declared[0]), rule(declared[1])] },
  );
  return Object.assign((a: TensorLike, b: TensorLike) => apply(op, operands(name, [a, b], dtypes), noAttributes), {
    op,
  });
}

function pointwise<Arity extends number>(
  name: string,
  { result, tolerance = 0.5 }: PointwiseOptions<unknown, Arity>,
  derivative: Derivative<NoAttributes, Arity>,
): OpDefinition<NoAttributes, Arity> {
  return {
    name,
    type: (inputs) => pointwiseType(name, inputs, result),
    derivative,
    batching: { kind: "pointwise" },
    tolerance,
  };
}

// Getters, because an operand that is not saved must only fail when a rule reads it; of a class, which is made quickly.
class NamedOperands implements UnaryContext, BinaryContext {
  readonly #context: SavedOperands;

  constructor(context: SavedOperands) {
    this.#context = context;
  }

  get x(): Tensor {
    return this.a;
  }

  get a(): Tensor {
    return this.#context.input(0);
  }

  get b(): Tensor {
    return this.#context.input(1);
  }

  get y(): Tensor {
    return this.#context.y;
  }
}

/** The partial as the record has it. That of a unary op reads no second operand. */
function rule(partial: UnaryPartial | BinaryPartial) {
  return (context: SavedOperands) => partial(new NamedOperands(context));
}

/** The broadcast of the inputs' shapes, in the last input's dtype unless `result` says otherwise. */
export function pointwiseType(name: string, inputs: readonly TensorType[], result?: DType): TensorType {
  const shape = broadcastShapes(
    name,
    inputs.map((input) => input.shape),
  );
  return { shape, dtype: result ?? inputs.at(-1)?.dtype ?? "float32" };
}
