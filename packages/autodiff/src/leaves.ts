/** Trees as flat lists of tensors, and back: regions take and give lists, their callers take and give trees. */
import {
  DTypeError,
  defined,
  interpret,
  mirroredLeaves,
  Parameter,
  type Program,
  Tensor,
  treeLeaves,
  treeMap,
  withParameters,
} from "@tapegrad/core";
import { alias, asTensor } from "@tapegrad/ops";
import type { Gradients } from "./tape.ts";

export interface Flat<T> {
  readonly tree: T;
  readonly tensors: readonly Tensor[];
  /** The same tree with other tensors; everything that is not a tensor stays. */
  rebuild(tensors: readonly Tensor[]): T;
}

/** The tensors of a tree in order. Leaves of other kinds are static. */
export function flatten<T>(tree: T): Flat<T> {
  const tensors = treeLeaves(tree).filter((leaf) => leaf instanceof Tensor);
  return {
    tree,
    tensors,
    rebuild: (others) => {
      let next = 0;
      return treeMap<T>(
        (leaf: unknown) => (leaf instanceof Tensor ? defined(others[next++], "tensor of a tree") : leaf),
        tree,
      );
    },
  };
}

/** Like `flatten`, with numbers and Parameters' values as tensors too. @throws DTypeError for any other leaf. */
export function flattenAll<T>(op: string, tree: T): Flat<T> {
  return flatten(
    treeMap<T>((leaf: unknown) => {
      if (leaf instanceof Tensor || leaf instanceof Parameter || typeof leaf === "number") return asTensor(leaf);
      throw new DTypeError(op, `a leaf is not a tensor: ${typeof leaf}`, "use trees of tensors");
    }, tree),
  );
}

/** The tensors of `tree`, which is its `what`, in the order of those of `like`. @throws ShapeError when the structures differ. */
export function flattenLike(op: string, what: string, like: unknown, tree: unknown): readonly Tensor[] {
  return flattenAll(op, mirroredLeaves(op, what, like, tree)).tensors;
}

/** The results of `program`, each under an identity of its own, also where an input is passed through or given back twice. */
export function freshResults(program: Program, inputs: readonly Tensor[]): Tensor[] {
  const taken = new Set(inputs);
  return interpret(program, inputs).map((result) => {
    const fresh = taken.has(result) ? alias(result) : result;
    taken.add(fresh);
    return fresh;
  });
}

/** A tree of tensors and Parameters that a transform gives other values. */
export interface Inputs<X> {
  /** The values, Parameters' included, in the order of the leaves. */
  readonly tensors: readonly Tensor[];
  /** `f` of the tree with other tensors in place, and Parameters bound to theirs; what `f` assigns to them is assigned. */
  bind<R>(tensors: readonly Tensor[], f: (x: X) => R): R;
  /** Results of the tree's structure, one tensor per leaf. */
  gather(tensors: readonly Tensor[]): Gradients<X>;
}

/** @throws DTypeError for a leaf that is neither a tensor, nor a Parameter, nor a number. */
export function inputsOf<X>(op: string, x: X): Inputs<X> {
  const leaves = treeLeaves(x).map((leaf) => {
    if (leaf instanceof Parameter || leaf instanceof Tensor) return leaf;
    if (typeof leaf === "number") return asTensor(leaf);
    throw new DTypeError(
      op,
      `an argument has a leaf that is not a tensor: ${typeof leaf}`,
      "pass trees of tensors and Parameters",
    );
  });
  const parameters = [...new Set(leaves.filter((leaf) => leaf instanceof Parameter))];
  const place = <T>(leafAt: (index: number) => unknown): T => {
    let next = 0;
    return treeMap<T>(() => leafAt(next++), x);
  };
  return {
    tensors: leaves.map((leaf) => (leaf instanceof Parameter ? leaf.value : leaf)),
    bind: (tensors, f) => {
      const values = parameters.map((parameter) => defined(tensors[leaves.indexOf(parameter)], "value of a Parameter"));
      const tree = place<X>((i) => (leaves[i] instanceof Parameter ? leaves[i] : tensors[i]));
      const { result, after } = withParameters(parameters, values, () => ({
        result: f(tree),
        after: parameters.map((parameter) => parameter.value),
      }));
      for (const [i, parameter] of parameters.entries()) {
        const value = defined(after[i], "value of a Parameter");
        if (value !== values[i]) parameter.assign(value);
      }
      return result;
    },
    gather: (tensors) => place((i) => tensors[i]),
  };
}
