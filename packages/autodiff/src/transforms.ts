/**
 * Derivatives as functions of functions. Each wraps its inputs in a recorded `alias`, so that inside it they are values of
 * their own: nested transforms of one variable do not confuse their perturbations.
 */
import {
  DTypeError,
  formatShape,
  isFloat,
  mirroredLeaves,
  optionsOf,
  refusePromise,
  ShapeError,
  sameShape,
  Tensor,
  type TensorType,
  treeLeaves,
  treeMap,
  withFrame,
} from "@tapegrad/core";
import { alias, cast, zeros } from "@tapegrad/ops";
import { inputsOf } from "./leaves.ts";
import { forward } from "./rules.ts";
import { type Gradients, seedFor, Tape } from "./tape.ts";

/** A function of a tree to be differentiated and further arguments that are not. */
type Differentiable<X, Rest extends unknown[], R> = (x: X, ...rest: Rest) => R;

/**
 * The gradient of a scalar function with respect to its first argument, a tree of tensors and Parameters; the result is the
 * same tree. @throws ShapeError unless `f` returns a single value.
 */
export function grad<X, Rest extends unknown[]>(
  f: Differentiable<X, Rest, Tensor>,
): (x: X, ...rest: Rest) => Gradients<X> {
  return (x, ...rest) => differentiate("grad", f, false, x, rest).gradient;
}

/** Like `grad`, with the value; with `hasAux`, `f` returns `[value, aux]` and aux is passed on. */
export function valueAndGrad<X, Rest extends unknown[], Aux>(
  f: Differentiable<X, Rest, readonly [Tensor, Aux]>,
  options: { readonly hasAux: true },
): (x: X, ...rest: Rest) => { value: Tensor; gradient: Gradients<X>; aux: Aux };
export function valueAndGrad<X, Rest extends unknown[]>(
  f: Differentiable<X, Rest, Tensor>,
  options?: { readonly hasAux?: false },
): (x: X, ...rest: Rest) => { value: Tensor; gradient: Gradients<X> };
export function valueAndGrad<X, Rest extends unknown[], Aux>(
  f: Differentiable<X, Rest, Tensor | readonly [Tensor, Aux]>,
  options: { readonly hasAux?: boolean } = {},
): (x: X, ...rest: Rest) => { value: Tensor; gradient: Gradients<X>; aux?: Aux } {
  const { hasAux = false } = optionsOf("valueAndGrad", options, { hasAux: true });
  return (x, ...rest) => differentiate("valueAndGrad", f, hasAux, x, rest);
}

function differentiate<X, Rest extends unknown[], Aux>(
  op: string,
  f: Differentiable<X, Rest, Tensor | readonly [Tensor, Aux]>,
  hasAux: boolean,
  x: X,
  rest: Rest,
): { value: Tensor; gradient: Gradients<X>; aux?: Aux } {
  const { result, tape, pullback } = recordAliased((inner) => f(inner, ...rest), x, op);
  const [first, aux]: readonly unknown[] = hasAux && Array.isArray(result) ? result : [result];
  const value = asLeaf(op, first);
  const gradient = pullback([value], [seedFor(value)]);
  tape.release();
  // The overloads of valueAndGrad say that with `hasAux` the second element is the aux.
  return hasAux ? { value, gradient, aux: aux as Aux } : { value, gradient };
}

/** The value of `f` and the function that takes a cotangent of it (the same tree) to those of the arguments. */
export function vjp<Arguments extends readonly unknown[], R>(
  f: (...x: Arguments) => R,
  ...x: Arguments
): { value: R; pullback: (cotangent: Gradients<R>) => Gradients<Arguments> } {
  const { result, pullback } = recordAliased((inner) => f(...inner), x, "vjp");
  const targets = treeLeaves(result).map((leaf) => asLeaf("vjp", leaf));
  return {
    value: result,
    pullback: (cotangent) => {
      const seeds = mirroredLeaves("vjp", "the cotangent", result, cotangent).map((leaf) => asLeaf("vjp", leaf));
      return pullback(
        targets,
        targets.map((target, i) => seedFor(target, seeds[i])),
      );
    },
  };
}

/** The value of `f` and its directional derivative along `tangents`, which mirror `primals`. */
export function jvp<Arguments extends readonly unknown[], R>(
  f: (...x: Arguments) => R,
  primals: Arguments,
  tangents: Gradients<Arguments>,
): { value: R; tangent: Gradients<R> } {
  const { result, tape, variables } = recordAliased((inner) => f(...inner), primals, "jvp");
  const directions = mirroredLeaves("jvp", "the tree of tangents", primals, tangents).map((leaf) =>
    asLeaf("jvp", leaf),
  );
  const known = new Map<number, Tensor>();
  for (const [i, variable] of variables.entries()) known.set(variable.id, checkDirection(variable, directions[i]));
  for (const node of tape.nodes) {
    const results = forward(
      node,
      node.inputs.map((input) => known.get(input.id)),
    );
    for (const [i, { id }] of node.outputs.entries()) {
      const result = results[i];
      if (result !== undefined) known.set(id, result);
    }
  }
  tape.release();
  const tangent = treeMap<Gradients<R>>((leaf: unknown) => {
    const value = asLeaf("jvp", leaf);
    return (
      known.get(value.variable.id) ??
      zeros(value.shape, { dtype: isFloat(value.dtype) ? value.dtype : "float32", like: value })
    );
  }, result);
  return { value: result, tangent };
}

/** Runs `fn` hidden from every gradient tape outside it. */
export function noGrad<T>(fn: () => T): T {
  return withFrame({ kind: "barrier" }, () => refusePromise("noGrad", fn()));
}

/**
 * Records `f` on a tape of its own, with every tensor of `x` under a new identity and every Parameter of `x` bound to an
 * aliased value, so that nothing outside is a source by accident. Errors are in the name of `op`.
 */
export function recordAliased<X, R>(f: (x: X) => R, x: X, op = "grad") {
  const inputs = inputsOf(op, x);
  const sources = inputs.tensors.map(alias);
  const tape = new Tape({ sources });
  const result = inputs.bind(sources, (inner) => tape.record(() => refusePromise(op, f(inner))));
  const variables = sources.map((source) => source.variable);
  const pullback = (targets: readonly Tensor[], seeds: readonly Tensor[]) =>
    inputs.gather(tape.pullback(targets, seeds, sources));
  return { result, tape, variables, pullback };
}

function asLeaf(op: string, leaf: unknown): Tensor {
  if (leaf instanceof Tensor) return leaf;
  throw new DTypeError(op, `a leaf is not a tensor: ${typeof leaf}`, "return and pass trees of tensors");
}

function checkDirection(variable: TensorType, direction: Tensor | undefined): Tensor {
  if (direction === undefined || !sameShape(variable.shape, direction.shape)) {
    const given = direction === undefined ? "nothing" : formatShape(direction.shape);
    throw new ShapeError("jvp", `a tangent does not mirror its primal: ${given} for ${formatShape(variable.shape)}`);
  }
  return isFloat(variable.dtype) ? cast(direction, variable.dtype) : direction;
}
