/** Selects the tensors of a tree that have derivatives. */
import { isFloat, Tensor, treeLeaves } from "@tapegrad/core";

/** The float tensors of a tree, in order. */
export function floatTensors(tree: unknown): Tensor[] {
  return treeLeaves(tree).flatMap((leaf) => (leaf instanceof Tensor && isFloat(leaf.dtype) ? [leaf] : []));
}
