/** Trees as flat lists of tensors, and back: regions take and give lists, their callers take and give trees. */
import { DTypeError, defined, interpret, type Program, Tensor, treeLeaves, treeMap } from "@tapegrad/core";
import { alias, asTensor } from "@tapegrad/ops";

export interface Flat<T> {
  readonly tensors: readonly Tensor[];
  /** The same tree with other tensors; everything that is not a tensor stays. */
  rebuild(tensors: readonly Tensor[]): T;
}

/** The tensors of a tree in order. Leaves of other kinds are static. */
export function flatten<T>(tree: T): Flat<T> {
  const tensors = treeLeaves(tree).filter((leaf) => leaf instanceof Tensor);
  return {
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

/** Like `flatten`, with numbers as tensors too. @throws DTypeError for any other leaf. */
export function flattenAll<T>(op: string, tree: T): Flat<T> {
  return flatten(
    treeMap<T>((leaf: unknown) => {
      if (leaf instanceof Tensor || typeof leaf === "number") return asTensor(leaf);
      throw new DTypeError(op, `a leaf is not a tensor: ${typeof leaf}`, "use trees of tensors");
    }, tree),
  );
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
