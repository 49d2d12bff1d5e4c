/**
 * Derivatives as functions of functions. Each wraps its inputs in a recorded `alias`, so that inside it they are values of
 * their own: nested transforms of one variable do not confuse their perturbations.
 */
import {
  DTypeError,
  formatShape,
  ShapeError,
  sameShape,
  Tensor,
  TraceError,
  treeLeaves,
  treeMap,
} from "@tapegrad/core";
import {
  checkList,
  defined,
  describeValue,
  functionOf,
  leafPaths,
  mirroredLeaves,
  optionsOf,
  refusePromise,
  withFrame,
} from "@tapegrad/core/internal";
import { add, cast } from "@tapegrad/ops";
import { alias, filledWith } from "@tapegrad/ops/internal";
import { Recording } from "../tape/recording.ts";
import { forward, type MaybeTensor } from "../tape/rules.ts";
import { seedFor } from "../tape/seed.ts";
import { isPair } from "../trees/lists.ts";
import {
  checkFloat,
  expandModules,
  type Gradients,
  type Inputs,
  inputsOf,
  type NotInferred,
} from "../trees/sources.ts";

/** A function of a tree to be differentiated and further arguments that are not. */
type Differentiable<X, Rest extends unknown[], R> = (x: X, ...rest: Rest) => R;

/**
 * The gradient of a scalar function with respect to its first argument, a tree of tensors, Parameters and modules; the result
 * is the same tree, with the list of its Parameters' gradients for a module.
 * @throws ShapeError unless `f` returns a single value; DTypeError when the first argument holds integers.
 * @pytorch torch.func.grad
 * @example
 * import { grad, tensor } from "tapegrad";
 * const df = grad((x) => x.pow(3));
 * console.log(df(tensor(2)), grad(df)(tensor(2)), grad(grad(df))(tensor(2))); // 3x², 6x, 6
 * // → Tensor(float32 []) 12 Tensor(float32 []) 12 Tensor(float32 []) 6
 */
export function grad<X = Tensor, Rest extends unknown[] = Tensor[]>(
  f: Differentiable<X, Rest, Tensor>,
): (x: X, ...rest: Rest) => Gradients<NotInferred<X>> {
  const fn = functionOf("grad", "function to differentiate", f, "grad(f)(x)");
  return (x, ...rest) => differentiate("grad", fn, false, x, rest).gradient;
}

/** A function's value, and its gradient with respect to `X`. */
export interface ValueAndGradient<X> {
  value: Tensor;
  gradient: Gradients<NotInferred<X>>;
}

/**
 * Like `grad`, with the value; with `hasAux`, `f` returns `[value, aux]` and aux is passed on.
 * @pytorch torch.func.grad_and_value
 * @example
 * import { type Tensor, tensor, valueAndGrad } from "tapegrad";
 * const loss = (w: { a: Tensor; b: Tensor }) => w.a.mul(3).add(w.b).square();
 * const { value, gradient } = valueAndGrad(loss)({ a: tensor(1), b: tensor(1) });
 * console.log(value, gradient.a, gradient.b); // → Tensor(float32 []) 16 Tensor(float32 []) 24 Tensor(float32 []) 8
 */
export function valueAndGrad<X = Tensor, Rest extends unknown[] = Tensor[], Aux = unknown>(
  f: Differentiable<X, Rest, readonly [Tensor, Aux]>,
  options: { readonly hasAux: true },
): (x: X, ...rest: Rest) => ValueAndGradient<X> & { aux: Aux };
export function valueAndGrad<X = Tensor, Rest extends unknown[] = Tensor[]>(
  f: Differentiable<X, Rest, Tensor>,
  options?: { readonly hasAux?: false | undefined },
): (x: X, ...rest: Rest) => ValueAndGradient<X>;
export function valueAndGrad<X, Rest extends unknown[], Aux>(
  f: Differentiable<X, Rest, Tensor | readonly [Tensor, Aux]>,
  options: { readonly hasAux?: boolean | undefined } = {},
): (x: X, ...rest: Rest) => ValueAndGradient<X> & { aux?: Aux } {
  const { hasAux = false } = optionsOf("valueAndGrad", options, { hasAux: true });
  const fn = functionOf("valueAndGrad", "function to differentiate", f, "valueAndGrad(f)(x)");
  return (x, ...rest) => differentiate("valueAndGrad", fn, hasAux, x, rest);
}

/** The value, the gradient and what else `f` returned, in the name of `op`. */
export function differentiate<X, Rest extends unknown[], Aux>(
  op: string,
  f: Differentiable<X, Rest, Tensor | readonly [Tensor, Aux]>,
  hasAux: boolean,
  x: X,
  rest: Rest,
): { value: Tensor; gradient: Gradients<X>; aux?: Aux } {
  const { result, tape, pullback } = recordAliased((inner) => f(inner, ...rest), x, op, "x");
  if (hasAux && !isPair(result))
    throw new TraceError(op, `f returned no pair: ${describeValue(result)}`, "return [value, aux], as hasAux says");
  const [first, aux]: readonly unknown[] = hasAux && Array.isArray(result) ? result : [result];
  const value = resultTensor(op, "result", first);
  const gradient = pullback([value], [seedFor(op, value)]);
  tape.release();
  // The overloads of valueAndGrad say that with `hasAux` the second element is the aux.
  return hasAux ? { value, gradient, aux: aux as Aux } : { value, gradient };
}

/** A function's value, and the function that takes a cotangent of it to those of the arguments. */
export interface ValueAndPullback<Arguments, R> {
  value: R;
  pullback: (cotangent: Gradients<R>) => Gradients<Arguments>;
}

/**
 * The value of `f` and the function that takes a cotangent of it (the same tree) to those of the arguments.
 * @throws DTypeError when an argument or a result holds integers, which have no derivative.
 * @pytorch torch.func.vjp
 * @example
 * import { tensor, vjp } from "tapegrad";
 * const { value, pullback } = vjp((x) => x.square(), tensor([1, 2, 3]));
 * const [cotangent] = pullback(tensor([1, 0, 0]));
 * console.log(value, cotangent); // → Tensor(float32 [3]) [1, 4, 9] Tensor(float32 [3]) [2, 0, 0]
 */
export function vjp<Arguments extends readonly unknown[], R>(
  f: (...x: Arguments) => R,
  ...x: Arguments
): ValueAndPullback<Arguments, R> {
  const fn = functionOf("vjp", "function to differentiate", f, "vjp(f, x)");
  const { result, pullback } = recordAliased((inner) => fn(...inner), x, "vjp", "x");
  const targets = resultTensors("vjp", result);
  return {
    value: result,
    pullback: (cotangent) => {
      const seeds = tensorsLike("vjp", "cotangent", result, cotangent);
      return pullback(
        targets,
        targets.map((target, i) => seedFor("vjp", target, seeds[i])),
      );
    },
  };
}

/** A function's value, and its directional derivative. */
export interface ValueAndTangent<R> {
  value: R;
  tangent: Gradients<R>;
}

/**
 * The value of `f` and its directional derivative along `tangents`, which mirror `primals`.
 * @throws DTypeError when an argument or a result holds integers, which have no derivative.
 * @pytorch torch.func.jvp
 * @example
 * import { jvp, tensor } from "tapegrad";
 * const { value, tangent } = jvp((x) => x.square(), [tensor([1, 2, 3])], [tensor([1, 0, 1])]);
 * console.log(value, tangent); // → Tensor(float32 [3]) [1, 4, 9] Tensor(float32 [3]) [2, 0, 6]
 */
export function jvp<Arguments extends readonly unknown[], R>(
  f: (...x: Arguments) => R,
  primals: Arguments,
  tangents: Gradients<NotInferred<Arguments>>,
): ValueAndTangent<R> {
  const fn = functionOf("jvp", "function to differentiate", f, "jvp(f, [x], [tangent])");
  checkList("jvp", "primals", primals, "jvp(f, [x], [tangent])");
  const result = alongTangents(fn, primals, tangents);
  resultTensors("jvp", result.value);
  return result;
}

/** `jvp` of any results: integers among them get float zeros. */
export function alongTangents<Arguments extends readonly unknown[], R>(
  f: (...x: Arguments) => R,
  primals: Arguments,
  tangents: Gradients<Arguments>,
): { value: R; tangent: Gradients<R> } {
  return along((x: Arguments) => f(...x), primals, tangents, { op: "jvp", x: "primals", direction: "tangents" });
}

/** The value of `f` at `x` and its derivative along a tree like `x`; `names` are those that messages use. */
export function along<X, R>(
  f: (x: X) => R,
  x: X,
  direction: Gradients<X>,
  names: { readonly op: string; readonly x: string; readonly direction: string },
): { value: R; tangent: Gradients<R> } {
  const { op } = names;
  const directions = tensorsLike(op, names.direction, expandModules(x), direction);
  const recorded = recordAliased(f, x, op, names.x);
  const { result, tape } = recorded;
  const tangentOf = pushforward(op, recorded, directions);
  const tangent = treeMap<Gradients<R>>((leaf: unknown) => {
    const value = resultTensor(op, "a leaf of the result", leaf);
    return tangentOf(value) ?? filledWith(value.shape, 0, value.dtype === "float64" ? "float64" : "float32", value);
  }, result);
  tape.release();
  return { value: result, tangent };
}

/**
 * Runs `fn` hidden from every gradient tape outside it.
 * @pytorch torch.no_grad
 * @example
 * import { grad, noGrad, tensor } from "tapegrad";
 * const df = grad((x) => x.mul(noGrad(() => x.square()))); // the square counts as a constant
 * console.log(df(tensor(3))); // → Tensor(float32 []) 9
 */
export function noGrad<T>(fn: () => T): T {
  const run = functionOf("noGrad", "function to run", fn, "noGrad(() => f(x))");
  return withFrame({ kind: "barrier" }, () => refusePromise("noGrad", run()));
}

/** A function on its tape. */
interface Recorded {
  readonly inputs: Pick<Inputs<unknown>, "slots">;
  /** The aliases that the function was given, one for each source. */
  readonly sources: readonly Tensor[];
  readonly tape: Recording;
}

/**
 * Records `f` on a tape of its own, with every tensor of `x` under a new identity and every Parameter of `x` bound to an
 * aliased value, so that nothing outside is a source by accident. Errors are in the name of `op`. Derivatives in either
 * direction may be asked for any number of times: `f` ran once.
 */
export function recordAliased<X, R>(f: (x: X) => R, x: X, op = "grad", root = "x") {
  const inputs = inputsOf(op, root, x);
  const sources = inputs.tensors.map(alias);
  const variables = sources.map(({ variable }) => variable);
  const tape = new Recording({ sources: variables });
  const result = inputs.bind(sources, (inner) => withFrame(tape.frame, () => refusePromise(op, f(inner))));
  const pullback = (targets: readonly Tensor[], seeds: readonly Tensor[]) =>
    inputs.gather(tape.pullback(targets, seeds, variables));
  return { result, tape, pullback, inputs, sources };
}

/**
 * The tangent of each value that the tape of a recording knows, from those of the leaves of `x`; undefined stands for zero. Errors are in
 * the name of `op`.
 */
export function pushforward(
  op: string,
  { inputs, sources, tape }: Recorded,
  directions: readonly MaybeTensor[],
): (value: Tensor) => MaybeTensor {
  const known = new Map<number, Tensor>();
  for (const [i, slot] of inputs.slots.entries()) {
    const { variable } = defined(sources[slot], "source");
    const direction = directions[i];
    if (direction === undefined) continue;
    checkDirection(op, variable.shape, direction);
    const before = known.get(variable.id);
    const tangent = cast(direction, variable.dtype);
    // A Parameter that is twice in the tree moves along both tangents.
    known.set(variable.id, before === undefined ? tangent : add(before, tangent));
  }
  for (const node of tape.nodes) {
    const tangents = forward(
      node,
      node.inputs.map((input) => known.get(input.id)),
    );
    for (const [i, { id }] of node.outputs.entries()) {
      const tangent = tangents[i];
      if (tangent !== undefined) known.set(id, tangent);
    }
  }
  return ({ variable }) => known.get(variable.id);
}

/** The leaves of a result, all of them tensors of floats. @throws DTypeError naming another leaf. */
export function resultTensors(op: string, result: unknown): Tensor[] {
  const paths = leafPaths(result, "result");
  return treeLeaves(result).map((leaf, i) => {
    const path = defined(paths[i], "path");
    const tensor = resultTensor(op, path, leaf);
    checkFloat(op, path, tensor, "return what is to be differentiated alone, or cast it to a float dtype");
    return tensor;
  });
}

/** The leaves of `tree`, which messages call `root`, in the order of those of `like`. */
function tensorsLike(op: string, root: string, like: unknown, tree: unknown): Tensor[] {
  const paths = leafPaths(like, root);
  return mirroredLeaves(op, root, like, tree).map((leaf, i) => resultTensor(op, defined(paths[i], "path"), leaf));
}

function resultTensor(op: string, path: string, leaf: unknown): Tensor {
  if (leaf instanceof Tensor) return leaf;
  throw new DTypeError(op, `${path} is not a tensor: ${describeValue(leaf)}`, "return and pass trees of tensors");
}

function checkDirection(op: string, shape: Tensor["shape"], direction: Tensor): void {
  if (sameShape(shape, direction.shape)) return;
  throw new ShapeError(
    op,
    `a tangent does not mirror its primal: ${formatShape(direction.shape)} for ${formatShape(shape)}`,
  );
}
