/** The batch axis of each tensor of a tree: `vmap` takes one number for all, or a tree of numbers and nulls. */
import { ShapeError, treeLeaves } from "@tapegrad/core";
import { describeValue, isPlainObject, remedyFor } from "@tapegrad/core/internal";
import { isTensorArgument } from "../trees/flat-trees.ts";

/** An axis, null for none, or such for each part of a tree. */
export type Axes = number | null | readonly Axes[] | { readonly [key: string]: Axes };

/**
 * The axis of each tensor of `tree`, in order, as the option `option` says; messages call the tree `root`.
 * @throws ShapeError naming the place where the option does not fit the tree.
 */
export function axesOf(option: string, axes: Axes, root: string, tree: unknown): (number | null)[] {
  if (axes === null || Number.isInteger(axes)) {
    return treeLeaves(tree)
      .filter(isTensorArgument)
      .map(() => axes as number | null);
  }
  if (Array.isArray(axes) && Array.isArray(tree) && axes.length === tree.length)
    return axes.flatMap((axis: Axes, i) => axesOf(option, axis, `${root}[${i}]`, tree[i]));
  if (isPlainObject(axes) && isPlainObject(tree)) {
    const keys = Object.keys(tree);
    if (keys.length === Object.keys(axes).length && keys.every((key) => Object.hasOwn(axes, key)))
      return keys.flatMap((key) => axesOf(option, axes[key] as Axes, `${root}.${key}`, tree[key]));
  }
  throw new ShapeError(
    "vmap",
    `${option} does not fit ${root}: ${describeStructure(axes)} for ${describeStructure(tree)}`,
    remedyFor(axes, "use an axis, null, or a tree of these with the same keys and lengths"),
  );
}

function describeStructure(tree: unknown): string {
  if (Array.isArray(tree)) return `a list of ${tree.length}`;
  return isPlainObject(tree) ? `{ ${Object.keys(tree).join(", ")} }` : describeValue(tree);
}
