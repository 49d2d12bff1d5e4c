/** Whole matrices of derivatives, and products with them. */
import { type Tensor, treeMap } from "@tapegrad/core";
import { checkChoice, defined, functionOf, optionsOf, refusePromise } from "@tapegrad/core/internal";
import { eye, reshape, zerosLike } from "@tapegrad/ops";
import { at, replaced } from "../trees/lists.ts";
import { type Gradients, inputsOf, type Jacobian, type NotInferred } from "../trees/sources.ts";
import { vmap } from "../vmap/vmap.ts";
import { along, differentiate, pushforward, recordAliased, resultTensors } from "./transforms.ts";

/** Options of `jacobian`. */
export interface JacobianOptions {
  /** "reverse" (the default) takes one pullback per result value, "forward" one directional derivative per argument value. */
  readonly mode?: "forward" | "reverse" | undefined;
}

/** All rows, or columns, are of one function, which ran once: rules that draw random numbers draw them once. */
const oneFunction = { randomness: "same" } as const;

/** What `recordAliased` gives for a list of arguments and a list of results. */
type Recorded = ReturnType<typeof recordAliased<readonly Tensor[], readonly Tensor[]>>;

/**
 * All derivatives of `f(x)` with respect to a tree `x` of tensors, Parameters and modules: the result's tree, each of its
 * tensors replaced by a tree like `x` whose leaves have the shape [...result, ...argument]. `f` runs once. Further arguments
 * are passed on to it.
 * @throws DTypeError when `x` or the result holds integers.
 * @pytorch torch.func.jacrev
 * @example
 * import { jacobian, tensor } from "tapegrad";
 * const rotation = tensor([[0, -1], [1, 0]]);
 * console.log(jacobian((x) => rotation.matmul(x))(tensor([1, 2])));
 * // → Tensor(float32 [2,2])
 * // → [[ 0, -1],
 * // →  [ 1,  0]]
 */
export function jacobian<X = Tensor, Rest extends unknown[] = Tensor[], R = unknown>(
  f: (x: X, ...rest: Rest) => R,
  options: JacobianOptions = {},
): (x: X, ...rest: Rest) => Jacobian<R, NotInferred<X>> {
  const { mode = "reverse" } = optionsOf("jacobian", options, { mode: true });
  checkChoice("jacobian", "mode", mode, ["forward", "reverse"]);
  const fn = functionOf("jacobian", "function to differentiate", f, "jacobian(f)(x)");
  return (x, ...rest) => jacobianBy("jacobian", (inner: X) => fn(inner, ...rest), x, mode);
}

/** In the name of `op`, which the caller called. */
function jacobianBy<X, R>(op: string, f: (x: X) => R, x: X, mode: "forward" | "reverse"): Jacobian<R, X> {
  const argument = inputsOf(op, "x", x);
  let result: R | undefined;
  const recorded = recordAliased((tensors: readonly Tensor[]): readonly Tensor[] => {
    result = argument.bind(tensors, (inner) => refusePromise(op, f(inner)));
    return resultTensors(op, result);
  }, argument.tensors);
  const blocks = (mode === "reverse" ? reverseBlocks : forwardBlocks)(recorded, argument.tensors);
  recorded.tape.release();
  let row = 0;
  return treeMap<Jacobian<R, X>>(() => argument.gather(defined(blocks[row++], "row")), result);
}

/** Row by row: the cotangents of the arguments for every unit cotangent of one result. */
function reverseBlocks({ result, pullback }: Recorded, x: readonly Tensor[]): Tensor[][] {
  return result.map((y) => {
    const bars = vmap((seed: Tensor) => [...pullback([y], [seed])], oneFunction)(unitVectors(y));
    return bars.map((bar, column) => reshape(bar, [...y.shape, ...(x[column]?.shape ?? [])]));
  });
}

/** Column by column: the tangents of the results for every unit tangent of one argument. */
function forwardBlocks(recorded: Recorded, x: readonly Tensor[]): Tensor[][] {
  const still = x.map(() => undefined);
  const columns = x.map((argument, column) => {
    const ofColumn = (u: Tensor) => {
      const tangentOf = pushforward("jacobian", recorded, replaced<Tensor | undefined>(still, [column], [u]));
      return recorded.result.map((y) => tangentOf(y) ?? zerosLike(y));
    };
    const tangents = vmap(ofColumn, { ...oneFunction, outAxes: -1 })(unitVectors(argument));
    return tangents.map((tangent) => reshape(tangent, [...tangent.shape.slice(0, -1), ...argument.shape]));
  });
  return recorded.result.map((_, row) => columns.flatMap((column) => at(column, [row])));
}

/** All tensors of `like`'s shape with a single one in them, along a new first axis. */
function unitVectors(like: Tensor): Tensor {
  return reshape(eye(like.size, like.size, { dtype: like.dtype, like }), [like.size, ...like.shape]);
}

/**
 * All second derivatives of a scalar function, forward over reverse: leaves of shape [...argument, ...argument]. `f` runs once.
 * @throws ShapeError unless `f` returns a single value; DTypeError when `x` holds integers.
 * @pytorch torch.func.hessian
 * @example
 * import { hessian, tensor } from "tapegrad";
 * console.log(hessian((x) => x.square().sum().square())(tensor([1, 0])));
 * // → Tensor(float32 [2,2])
 * // → [[12,  0],
 * // →  [ 0,  4]]
 */
export function hessian<X = Tensor, Rest extends unknown[] = Tensor[]>(
  f: (x: X, ...rest: Rest) => Tensor,
): (x: X, ...rest: Rest) => Jacobian<Gradients<NotInferred<X>>, NotInferred<X>> {
  const fn = functionOf("hessian", "function to differentiate", f, "hessian(f)(x)");
  return (x, ...rest) => jacobianBy("hessian", gradientOf("hessian", fn, rest), x, "forward");
}

/**
 * The product of the Hessian of a scalar function with a direction like `x`, without the Hessian; further arguments are `f`'s.
 * @throws ShapeError unless `f` returns a single value, or when the direction is not like `x`; DTypeError when `x` holds
 * integers.
 * @pytorch torch.func.jvp
 * @example
 * import { hvp, tensor } from "tapegrad";
 * console.log(hvp((x) => x.pow(3).sum(), tensor([1, 2]), tensor([1, 1]))); // the Hessian is diag(6x)
 * // → Tensor(float32 [2]) [ 6, 12]
 */
export function hvp<X, Rest extends unknown[]>(
  f: (x: X, ...rest: Rest) => Tensor,
  x: X,
  direction: Gradients<NotInferred<X>>,
  ...rest: Rest
): Gradients<Gradients<NotInferred<X>>> {
  const fn = functionOf("hvp", "function to differentiate", f, "hvp(f, x, direction)");
  return along(gradientOf("hvp", fn, rest), x, direction, { op: "hvp", x: "x", direction: "direction" }).tangent;
}

/** The gradient function of `f`, in the name of `op`. */
function gradientOf<X, Rest extends unknown[]>(op: string, f: (x: X, ...rest: Rest) => Tensor, rest: Rest) {
  return (x: X) => differentiate(op, f, false, x, rest).gradient;
}
