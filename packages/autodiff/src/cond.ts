/** A branch on data, on trees. */
import { defined, formatShape, refusePromise, ShapeError } from "@tapegrad/core";
import { asTensor, cast, type TensorLike } from "@tapegrad/ops";
import { condLists } from "./cond-op.ts";
import { type Flat, flattenAll, flattenArguments, flattenLike } from "./leaves.ts";

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
 */
export function cond<Operands extends readonly unknown[], R>(
  predicate: TensorLike,
  whenTrue: (...operands: Operands) => R,
  whenFalse: (...operands: Operands) => R,
  ...operands: Operands
): R {
  const test = cast(asTensor(predicate), "bool");
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
    return flattenLike("cond", "result", result.tree, tree);
  };
  const results = condLists(test, branch(whenTrue), branch(whenFalse), tensors);
  return defined(result, "results").rebuild(results);
}
