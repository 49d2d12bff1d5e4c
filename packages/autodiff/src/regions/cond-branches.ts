/** The two branches of a `cond`, recorded as Programs with the same inputs and results, and their derivatives. */
import {
  interpret,
  type Parameter,
  Program,
  type Tensor,
  type TensorType,
  type Traced,
  trace,
  withParameters,
} from "@tapegrad/core";
import { freshVariable } from "@tapegrad/core/internal";
import { alongTangents, recordAliased } from "../transforms/transforms.ts";
import { at, cut, replaced } from "../trees/lists.ts";

/** What the region of `cond` carries: both branches, recorded. */
export interface CondAttributes {
  /** Both take the inputs after the predicate and give results of the same types. */
  readonly whenTrue: Program;
  readonly whenFalse: Program;
}

export type ListFunction = (operands: readonly Tensor[]) => readonly Tensor[];

export interface Branches {
  readonly attributes: CondAttributes;
  /** What either branch captured: inputs of both, after the operands. */
  readonly captures: readonly Tensor[];
  /** Parameters that either assigns: their values are results of both, after those returned. */
  readonly assigned: readonly Parameter[];
}

/** Records both branches on operands of these types, and joins them. */
export function recordBranches(
  whenTrue: ListFunction,
  whenFalse: ListFunction,
  types: readonly TensorType[],
): Branches {
  const record = (branch: ListFunction, parameters: readonly Parameter[]) =>
    trace((inputs) => {
      const before = parameters.map((parameter) => parameter.value);
      return withParameters(parameters, before, () => [
        ...branch(inputs),
        ...parameters.map((parameter) => parameter.value),
      ]);
    }, types);
  const assigned = [...new Set([whenTrue, whenFalse].flatMap((branch) => record(branch, []).assigned))];
  const [yes, no] = [record(whenTrue, assigned), record(whenFalse, assigned)];
  const captures = new Map([...capturesOf(yes), ...capturesOf(no)]);
  const closed = (traced: Traced<unknown>) => {
    const { inputs, nodes, outputs } = traced.program;
    const own = new Map([...capturesOf(traced).keys()].map((key, i) => [key, inputs[types.length + i]]));
    const captured = Array.from(captures, ([key, { variable }]) => own.get(key) ?? freshVariable(variable));
    return new Program([...inputs.slice(0, types.length), ...captured], nodes, outputs);
  };
  const attributes = { whenTrue: closed(yes), whenFalse: closed(no) };
  return { attributes, captures: [...captures.values()], assigned };
}

/** What a branch captured, by what both branches know it as: the Parameter or the tensor itself. */
function capturesOf({ captures, sources }: Traced<unknown>): Map<Parameter | Tensor, Tensor> {
  return new Map(captures.map((tensor, i) => [sources[i] ?? tensor, tensor]));
}

/** From `count` operands and tangents of those that are `moving`, the tangents of the results of `body`. */
export function tangentsOf(body: Program, count: number, moving: readonly number[]): ListFunction {
  return (values) => {
    const [primals, directions] = cut(values, count);
    const f = (...x: Tensor[]) => interpret(body, replaced(primals, moving, x));
    return alongTangents(f, at(primals, moving), directions).tangent;
  };
}

/** From `count` operands and cotangents of the results `targets`, the cotangents of the operands `sources` of `body`. */
export function cotangentsOf(
  body: Program,
  count: number,
  sources: readonly number[],
  targets: readonly number[],
): ListFunction {
  return (values) => {
    const [primals, seeds] = cut(values, count);
    const f = (x: readonly Tensor[]) => interpret(body, replaced(primals, sources, x));
    const { result, pullback } = recordAliased(f, at(primals, sources));
    return pullback(at(result, targets), seeds);
  };
}
