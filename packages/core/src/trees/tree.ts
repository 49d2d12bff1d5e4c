/** Trees: nested arrays and plain objects of tensors and Parameters. Arguments and results of every transform are trees. */
import { checkFunction } from "../errors/arguments.ts";
import { ShapeError } from "../errors/errors.ts";
import { isPlainObject } from "../errors/plain-object.ts";

/** Nested arrays and plain objects with `Leaf` at the leaves. */
export type Tree<Leaf> = Leaf | readonly Tree<Leaf>[] | { readonly [key: string]: Tree<Leaf> };

/** The same tree with other leaves. */
export type MapTree<T, From, To> = T extends From
  ? To
  : T extends readonly unknown[] | object
    ? { -readonly [K in keyof T]: MapTree<T[K], From, To> }
    : T;

/**
 * Every leaf that is not an array or plain object, in order.
 * @example
 * import { treeLeaves } from "tapegrad";
 * console.log(treeLeaves({ b: 1, a: [2, { c: 3 }] })); // → [ 1, 2, 3 ]
 */
export function treeLeaves(tree: unknown): unknown[] {
  if (Array.isArray(tree)) return tree.flatMap(treeLeaves);
  if (isPlainObject(tree)) return Object.values(tree).flatMap(treeLeaves);
  return [tree];
}

/** Where each of the `treeLeaves` is, from `root` on: `carry.h`, `xs[0]`. */
export function leafPaths(tree: unknown, root: string): string[] {
  if (Array.isArray(tree)) return tree.flatMap((part, i) => leafPaths(part, `${root}[${i}]`));
  if (isPlainObject(tree)) return Object.entries(tree).flatMap(([key, part]) => leafPaths(part, `${root}.${key}`));
  return [root];
}

/**
 * Applies `fn` to corresponding leaves of trees of one structure; the result has that structure.
 * @throws ShapeError naming the place where the structures differ.
 * @pytorch torch.utils._pytree.tree_map
 * @example
 * import { ones, type Tensor, tensor, treeMap } from "tapegrad";
 * const sum = treeMap<{ h: Tensor }>((a: Tensor, b: Tensor) => a.add(b), { h: ones([2]) }, { h: tensor([1, 2]) });
 * console.log(sum.h); // → Tensor(float32 [2]) [2, 3]
 */
export function treeMap<R = unknown>(fn: (...leaves: never[]) => unknown, ...trees: readonly unknown[]): R {
  checkFunction("treeMap", "function to apply", fn, "treeMap((leaf) => …, tree)");
  // The one cast of this file: the result's type is the caller's claim about `fn`, which TypeScript cannot express.
  return mapAt(fn as (...leaves: unknown[]) => unknown, trees, "tree", differs) as R;
}

/**
 * The leaves of `tree` in the order of those of `like` that they belong to: by key, whatever the order of the keys.
 * @throws ShapeError in the name of `op` when `tree`, which messages call `root`, has another structure than `like`.
 */
export function mirroredLeaves(op: string, root: string, like: unknown, tree: unknown): unknown[] {
  const leaves: unknown[] = [];
  const mismatch: Mismatch = (path, first, other) => {
    const problem = `${path} has another structure${differingKeys(first, other)}`;
    return new ShapeError(op, problem, "use the same keys and lengths");
  };
  mapAt((_, leaf) => leaves.push(leaf), [like, tree], root, mismatch);
  return leaves;
}

/** The error about `other`, which at `path` has not the structure of `first`. */
type Mismatch = (path: string, first: unknown, other: unknown) => ShapeError;

/** Which keys plain objects do not share, `: h is missing, g is new`. */
function differingKeys(first: unknown, other: unknown): string {
  if (!isPlainObject(first) || !isPlainObject(other)) return "";
  const missing = Object.keys(first).filter((key) => !(key in other));
  const added = Object.keys(other).filter((key) => !(key in first));
  const list = [...missing.map((key) => `${key} is missing`), ...added.map((key) => `${key} is new`)];
  return `: ${list.join(", ")}`;
}

function mapAt(
  fn: (...leaves: unknown[]) => unknown,
  trees: readonly unknown[],
  path: string,
  differs: Mismatch,
): unknown {
  const [first, ...rest] = trees;
  if (Array.isArray(first)) {
    for (const other of rest) {
      if (!Array.isArray(other) || other.length !== first.length) throw differs(path, first, other);
    }
    return first.map((_, i) =>
      mapAt(
        fn,
        trees.map((tree) => (Array.isArray(tree) ? tree[i] : undefined)),
        `${path}[${i}]`,
        differs,
      ),
    );
  }
  if (isPlainObject(first)) {
    const keys = Object.keys(first);
    for (const other of rest) {
      if (!isPlainObject(other) || Object.keys(other).length !== keys.length || !keys.every((key) => key in other))
        throw differs(path, first, other);
    }
    const entries = keys.map((key) => [
      key,
      mapAt(
        fn,
        trees.map((tree) => (isPlainObject(tree) ? tree[key] : undefined)),
        `${path}.${key}`,
        differs,
      ),
    ]);
    return Object.fromEntries(entries);
  }
  const deeper = rest.find((other) => Array.isArray(other) || isPlainObject(other));
  if (deeper !== undefined) throw differs(path, first, deeper);
  return fn(...trees);
}

function differs(path: string): ShapeError {
  return new ShapeError(
    "treeMap",
    `the trees have different structures at ${path}`,
    "pass trees with the same keys and lengths",
  );
}
