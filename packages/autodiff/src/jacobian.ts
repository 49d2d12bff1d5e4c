/** Whole matrices of derivatives, and products with them. */
import { type MapTree, optionsOf, refusePromise, type Tensor, treeMap } from "@tapegrad/core";
import { eye, reshape, zerosLike } from "@tapegrad/ops";
import { flattenAll, inputsOf } from "./leaves.ts";
import { at, replaced } from "./lists.ts";
import type { Gradients } from "./tape.ts";
import { grad, jvp, vjp } from "./transforms.ts";
import { vmap } from "./vmap.ts";

export interface JacobianOptions {
  /** "reverse" (the default) takes one pullback per result value, "forward" one directional derivative per argument value. */
  readonly mode?: "forward" | "reverse";
}

/** The tree of `R` with a tree like `X` in place of every tensor. */
export type Jacobian<R, X> = MapTree<R, Tensor, Gradients<X>>;

/** All rows, or columns, are of one function, which drew its random numbers once. */
const oneFunction = { randomness: "same" } as const;

/** A function on lists of tensors. */
type ListFunction = (...x: Tensor[]) => Tensor[];

/**
 * All derivatives of `f(x)` with respect to a tree `x` of tensors: the result's tree, each of its tensors replaced by a tree
 * like `x` whose leaves have the shape [...result, ...argument].
 */
export function jacobian<X, R>(f: (x: X) => R, options: JacobianOptions = {}): (x: X) => Jacobian<R, X> {
  const { mode = "reverse" } = optionsOf("jacobian", options, { mode: true });
  return jacobianBy("jacobian", f, mode);
}

/** In the name of `op`, which the caller called. */
function jacobianBy<X, R>(op: string, f: (x: X) => R, mode: "forward" | "reverse"): (x: X) => Jacobian<R, X> {
  return (x) => {
    const argument = inputsOf(op, x);
    let result: R | undefined;
    const lists: ListFunction = (...tensors) => {
      result = argument.bind(tensors, (inner) => refusePromise(op, f(inner)));
      return [...flattenAll(op, result).tensors];
    };
    const blocks = (mode === "reverse" ? reverseBlocks : forwardBlocks)(lists, argument.tensors);
    let row = 0;
    return treeMap<Jacobian<R, X>>(() => argument.gather(blocks[row++] ?? []), result);
  };
}

/** Row by row: the cotangents of the arguments for every unit cotangent of one result. */
function reverseBlocks(f: ListFunction, x: readonly Tensor[]): Tensor[][] {
  const { value, pullback } = vjp(f, ...x);
  return value.map((y, row) => {
    const others = value.map(zerosLike);
    const bars = vmap((seed: Tensor) => [...pullback(replaced(others, [row], [seed]))], oneFunction)(unitVectors(y));
    return bars.map((bar, column) => reshape(bar, [...y.shape, ...(x[column]?.shape ?? [])]));
  });
}

/** Column by column: the tangents of the results for every unit tangent of one argument. */
function forwardBlocks(f: ListFunction, x: readonly Tensor[]): Tensor[][] {
  const still = x.map(zerosLike);
  const columns = x.map((argument, column) => {
    const along = (u: Tensor) => jvp(f, [...x], replaced(still, [column], [u])).tangent;
    const tangents = vmap(along, { ...oneFunction, outAxes: -1 })(unitVectors(argument));
    return tangents.map((tangent) => reshape(tangent, [...tangent.shape.slice(0, -1), ...argument.shape]));
  });
  const [first = []] = columns;
  return first.map((_, row) => columns.flatMap((column) => at(column, [row])));
}

/** All tensors of `like`'s shape with a single one in them, along a new first axis. */
function unitVectors(like: Tensor): Tensor {
  return reshape(eye(like.size, like.size, { dtype: like.dtype, like }), [like.size, ...like.shape]);
}

/** All second derivatives of a scalar function, forward over reverse: leaves of shape [...argument, ...argument]. */
export function hessian<X>(f: (x: X) => Tensor): (x: X) => Jacobian<Gradients<X>, X> {
  return jacobianBy("hessian", (x: X) => grad((inner: X) => refusePromise("hessian", f(inner)))(x), "forward");
}

/** The product of the Hessian of a scalar function with a direction like `x`, without the Hessian. */
export function hvp<X>(f: (x: X) => Tensor, x: X, direction: Gradients<X>): Gradients<Gradients<X>> {
  return jvp((inner: X) => grad((y: X) => refusePromise("hvp", f(y)))(inner), [x] as [X], [direction] as Gradients<[X]>)
    .tangent;
}
