/** The loop over time. Its gradient is backpropagation through time. */
import { defined, ShapeError, Tensor, treeLeaves, treeMap } from "@tapegrad/core";
import { reshape, slice, stack } from "@tapegrad/ops";

export interface ScanOptions {
  /** Go from the last element to the first; outputs stay aligned with inputs. */
  readonly reverse?: boolean;
  /** The number of steps, required when `xs` is null. */
  readonly length?: number;
}

/**
 * Threads `carry` through `step` along the first axis of every tensor in `xs` and stacks the outputs along a new first axis.
 * Carry, inputs and outputs are trees of tensors. Runs as recorded ops, one after the other.
 * @throws ShapeError when the inputs differ in length, or when there are no steps and thus no output to give a shape.
 */
export function scan<Carry, X, Output>(
  step: (carry: Carry, x: X) => readonly [Carry, Output],
  init: Carry,
  xs: X,
  options: ScanOptions = {},
): [Carry, Output] {
  const length = lengthOf(xs, options.length);
  const outputs: Output[] = [];
  let carry = init;
  for (let i = 0; i < length; i++) {
    const at = options.reverse === true ? length - 1 - i : i;
    const [next, output] = step(
      carry,
      treeMap<X>((leaf: unknown) => (leaf instanceof Tensor ? elementAt(leaf, at) : leaf), xs),
    );
    carry = next;
    outputs[at] = output;
  }
  return [carry, treeMap<Output>((...leaves: Tensor[]) => stack(leaves), ...outputs)];
}

/** Element `at` along the first axis, which is dropped. */
function elementAt(x: Tensor, at: number): Tensor {
  return reshape(slice(x, [at], [at + 1]), x.shape.slice(1));
}

function lengthOf(xs: unknown, given: number | undefined): number {
  const lengths = treeLeaves(xs)
    .filter((leaf) => leaf instanceof Tensor)
    .map((leaf) => leaf.shape[0]);
  if (given !== undefined) lengths.push(given);
  const [length] = lengths;
  if (length === undefined || lengths.some((other) => other !== length)) {
    throw new ShapeError(
      "scan",
      `no common number of steps: ${lengths.join(", ") || "no inputs"}`,
      "give every input one first axis, or { length }",
    );
  }
  if (length === 0)
    throw new ShapeError("scan", "no steps: an input's first axis is empty", "pass at least one element");
  return defined(length, "length");
}
