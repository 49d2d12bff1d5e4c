/** `cond`: a branch on data, for trees of tensors. */
import { DTypeError, formatShape, ShapeError, sameShape, type Tensor } from "@tapegrad/core";
import { defined, functionOf, leafPaths, refusePromise } from "@tapegrad/core/internal";
import { cast, type TensorLike } from "@tapegrad/ops";
import { type Flat, flattenAll, flattenArguments, flattenLike, leafTensor } from "../trees/flat-trees.ts";
import { condLists } from "./cond-op.ts";

/**
 * `whenTrue(...operands)` if `predicate`, a single value, is not 0, else `whenFalse(...operands)`. Both are recorded and must
 * give trees of the same structure, shapes and dtypes; only the one that is taken runs.
 *
 * Under `vmap` with a batched predicate both run for every entry, and each entry selects, in derivatives too: what the other
 * branch makes of an entry, NaN included, reaches neither results nor derivatives. What remains is the cost: the time of both
 * branches; for the derivative with respect to a tensor that all entries share, memory for one cotangent per entry; and
 * `detectAnomaly` reports what the branch that is not taken makes. On a device whose data cannot be read at once (WebGPU)
 * both run without `vmap`, too.
 * @throws ShapeError, DTypeError when the branches differ or the predicate has several values.
 * @pytorch torch.cond
 * @example
 * import { cond, grad, tensor } from "tapegrad";
 * const slope = grad((x) => cond(x.greater(0), (x) => x.square(), (x) => x.mul(0), x));
 * console.log(slope(tensor(4)), slope(tensor(-4))); // → Tensor(float32 []) 8 Tensor(float32 []) 0
 */
export function cond<Operands extends readonly unknown[], R>(
  predicate: TensorLike,
  whenTrue: (...operands: Operands) => R,
  whenFalse: (...operands: Operands) => R,
  ...operands: Operands
): R {
  const onTrue = functionOf("cond", "whenTrue", whenTrue, "cond(predicate, whenTrue, whenFalse, x)");
  const onFalse = functionOf("cond", "whenFalse", whenFalse, "cond(predicate, whenTrue, whenFalse, x)");
  const test = cast(leafTensor("cond", "the predicate", predicate), "bool");
  if (test.size !== 1) {
    throw new ShapeError(
      "cond",
      `the predicate has ${test.size} values: ${formatShape(test.shape)}`,
      "reduce it to one, or use where",
    );
  }
  const { tensors, rebuild } = flattenArguments(operands);
  let result: Flat<R> | undefined;
  const branch = (f: (...operands: Operands) => R) => (values: Parameters<typeof rebuild>[0]) => {
    const tree = refusePromise("cond", f(...rebuild(values)));
    result ??= flattenAll("cond", "result", tree);
    const tensors = flattenLike("cond", "result", result.tree, tree);
    const paths = leafPaths(result.tree, "result");
    for (const [i, tensor] of tensors.entries()) checkBranch(paths[i], result.tensors[i], tensor);
    return tensors;
  };
  const results = condLists(test, branch(onTrue), branch(onFalse), tensors);
  return defined(result, "results").rebuild(results);
}

/** @throws ShapeError, DTypeError unless both branches give the same type at `path`. */
function checkBranch(path = "result", first: Tensor | undefined, other: Tensor): void {
  const { shape, dtype } = defined(first, "result");
  if (!sameShape(shape, other.shape)) {
    const shapes = `${formatShape(shape)} and ${formatShape(other.shape)}`;
    throw new ShapeError("cond", `the branches differ in shape at ${path}: ${shapes}`, "return the same from both");
  }
  if (dtype !== other.dtype)
    throw new DTypeError("cond", `the branches differ in dtype at ${path}: ${dtype} and ${other.dtype}`, "cast one");
}
