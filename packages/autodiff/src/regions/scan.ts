/** `scan`: the loop over time, for trees of tensors. */
import { DTypeError, formatShape, ShapeError, sameShape, type Tensor } from "@tapegrad/core";
import { checkCount, defined, functionOf, leafPaths, optionsOf, refusePromise } from "@tapegrad/core/internal";
import { type Flat, flattenAll, flattenLike } from "../trees/flat-trees.ts";
import { isPair } from "../trees/lists.ts";
import { type CheckpointEvery, scanInBlocks } from "./checkpointed-scan.ts";
import { type ListStep, type ScanLoop, scanLists } from "./scan-op.ts";

/** Options of `scan`. */
export interface ScanOptions {
  /** Go from the last element to the first; outputs stay aligned with inputs. */
  readonly reverse?: boolean | undefined;
  /** The number of steps, required when `xs` holds no tensors. */
  readonly length?: number | undefined;
  /**
   * Keep carries for the way back only at every so many steps, and compute what is between them again: "sqrt" needs memory for
   * √length steps, "log" for their logarithm, a list of numbers is blocks in blocks.
   */
  readonly checkpointEvery?: CheckpointEvery | undefined;
}

const scanOptions = { reverse: true, length: true, checkpointEvery: true } as const;

/**
 * Threads `carry` through `step` along the first axis of every tensor in `xs`, and stacks the outputs along a new first axis.
 * Carry, elements and outputs are trees of tensors. The step is recorded once; its gradient is again a scan: BPTT. No steps
 * give back `init`.
 * @throws ShapeError when the inputs differ in length, or the carry changes its shape; DTypeError when it changes its dtype;
 * TraceError when the step reads data.
 * @pytorch torch.scan
 * @example
 * import { scan, tensor } from "tapegrad";
 * const [total, running] = scan((sum, x) => [sum.add(x), sum.add(x)], tensor(0), tensor([1, 2, 3]));
 * console.log(total, running); // → Tensor(float32 []) 6 Tensor(float32 [3]) [1, 3, 6]
 */
export function scan<Carry, X, Output>(
  step: (carry: Carry, x: X) => readonly [Carry, Output],
  init: Carry,
  xs: X,
  options: ScanOptions = {},
): [Carry, Output] {
  const { reverse = false, length, checkpointEvery } = optionsOf("scan", options, scanOptions);
  const advance = functionOf("scan", "step", step, "scan(step, init, xs)");
  if (length !== undefined) checkCount("scan", "length", length);
  const start = flattenAll("scan", "init", init);
  const paths = leafPaths(init, "carry");
  const sequence = flattenElements("xs", xs);
  const loop = { length: lengthOf(sequence.tensors, length), reverse };
  let outputs: Flat<Output> | undefined;
  const listStep: ListStep = (carry, element) => {
    const result: unknown = refusePromise("scan", advance(start.rebuild(carry), sequence.rebuild(element)));
    if (!isPair<Carry, Output>(result)) {
      throw new ShapeError("scan", "the step did not return a carry and an output", "return [carry, output]");
    }
    const [next, output] = result;
    outputs = flattenElements("output", output);
    const carried = flattenLike("scan", "carry", init, next);
    for (const [i, path] of paths.entries()) checkCarry(path, start.tensors[i], carried[i]);
    return { carry: carried, outputs: outputs.tensors };
  };
  const run = checkpointEvery === undefined ? scanLists : scanInBlocks(checkpointEvery);
  const result = run(listStep, start.tensors, sequence.tensors, loop);
  return [start.rebuild(result.carry), defined(outputs, "outputs").rebuild(result.outputs)];
}

/** @throws ShapeError, DTypeError unless the carry at `path` is after the step what it was before. */
function checkCarry(path: string, before: Tensor | undefined, after: Tensor | undefined): void {
  const [old, next] = [defined(before, "carry"), defined(after, "carry")];
  if (!sameShape(old.shape, next.shape)) {
    const shapes = `${formatShape(old.shape)}, then ${formatShape(next.shape)}`;
    throw new ShapeError("scan", `${path} changes its shape: ${shapes}`, "return what was taken");
  }
  if (old.dtype !== next.dtype) {
    const remedy = "cast it back, or start with the other dtype";
    throw new DTypeError("scan", `${path} changes its dtype: ${old.dtype}, then ${next.dtype}`, remedy);
  }
}

/** null stands for no tensors at all. */
function flattenElements<T>(root: string, tree: T): Flat<T> {
  return tree === null || tree === undefined
    ? { tree, tensors: [], rebuild: () => tree }
    : flattenAll("scan", root, tree);
}

function lengthOf(xs: readonly Tensor[], given: number | undefined): ScanLoop["length"] {
  const lengths = xs.map((x) => x.shape[0]);
  if (given !== undefined) lengths.push(checkCount("scan", "length", given));
  const [length] = lengths;
  if (length === undefined || lengths.some((other) => other !== length)) {
    throw new ShapeError(
      "scan",
      `no common number of steps: ${lengths.map((n) => n ?? "a scalar").join(", ") || "no inputs"}`,
      "give every input one first axis, or { length }",
    );
  }
  return length;
}
