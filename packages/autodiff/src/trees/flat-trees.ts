/** Trees as flat lists of tensors, and back: regions take and give lists, their callers take and give trees. */
import { DTypeError, interpret, type Program, Tensor, treeLeaves, treeMap } from "@tapegrad/core";
import {
  defined,
  describeValue,
  isParameter,
  isTracedNumber,
  leafPaths,
  mirroredLeaves,
} from "@tapegrad/core/internal";
import { asTensor } from "@tapegrad/ops";
import { alias } from "@tapegrad/ops/internal";

export interface Flat<T> {
  readonly tree: T;
  readonly tensors: readonly Tensor[];
  /** The same tree with other tensors; everything that is not a tensor stays. */
  rebuild(tensors: readonly Tensor[]): T;
}

/** The tensors of a tree in order. Leaves of other kinds are static. */
export function flatten<T>(tree: T): Flat<T> {
  return flattenBy(isTensor, tree);
}

/** Like `flatten` for what is passed on to a body, where a number stays a number, traced or not. */
export function flattenArguments<T>(tree: T): Flat<T> {
  return flattenBy(isTensorArgument, tree);
}

export function isTensorArgument(leaf: unknown): leaf is Tensor {
  return leaf instanceof Tensor && !isTracedNumber(leaf);
}

function isTensor(leaf: unknown): leaf is Tensor {
  return leaf instanceof Tensor;
}

function flattenBy<T>(isInput: (leaf: unknown) => leaf is Tensor, tree: T): Flat<T> {
  const tensors = treeLeaves(tree).filter(isInput);
  return {
    tree,
    tensors,
    rebuild: (others) => {
      let next = 0;
      return treeMap<T>((leaf: unknown) => (isInput(leaf) ? defined(others[next++], "tensor of a tree") : leaf), tree);
    },
  };
}

/**
 * Like `flatten`, with numbers and Parameters' values as tensors too, of a tree that messages call `root`.
 * @throws DTypeError naming any other leaf.
 */
export function flattenAll<T>(op: string, root: string, tree: T): Flat<T> {
  const paths = leafPaths(tree, root);
  let next = 0;
  return flatten(treeMap<T>((leaf: unknown) => leafTensor(op, defined(paths[next++], "path"), leaf), tree));
}

/** The tensor that a leaf is, or stands for. @throws DTypeError naming any other leaf, which is at `path`. */
export function leafTensor(op: string, path: string, leaf: unknown): Tensor {
  if (leaf instanceof Tensor || isParameter(leaf) || typeof leaf === "number") return asTensor(leaf);
  throw new DTypeError(op, `${path} is not a tensor: ${describeValue(leaf)}`, "use trees of tensors");
}

/** The tensors of `tree`, which messages call `root`, in the order of those of `like`. @throws ShapeError when the structures differ. */
export function flattenLike(op: string, root: string, like: unknown, tree: unknown): readonly Tensor[] {
  const leaves = mirroredLeaves(op, root, like, tree);
  return leafPaths(like, root).map((path, i) => leafTensor(op, path, leaves[i]));
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
