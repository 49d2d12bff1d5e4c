/**
 * Loops that keep few of their carries: a scan over blocks of steps, where each block is a checkpoint around a scan over its
 * steps. During the derivative of a block, the carries inside it exist; of every other block only its first carry exists.
 * Blocks of blocks divide memory once more, and compute every step once more.
 */
import { ShapeError, type Tensor } from "@tapegrad/core";
import { checkCount, defined, describeValue, remedyFor } from "@tapegrad/core/internal";
import { concat, reshape, slice } from "@tapegrad/ops";
import { checkpoint } from "./checkpoint.ts";
import { type ListStep, type ScanLoop, scanLists } from "./scan-op.ts";

/**
 * Where a loop of T steps keeps its carries for the way back; what is between them is computed again. Numbers are numbers of
 * steps.
 *
 * | value | carries in memory | values of a step in memory | steps computed again |
 * | --- | --- | --- | --- |
 * | not given | T | of T steps | none |
 * | `k` | T / k + k | of k steps | T |
 * | `[k, j, …]`, in any order | T / k + k / j + j for two, k > j | of j steps, the smallest | T for each number |
 * | `"sqrt"` | 2√T: k is √T, whatever T is | of √T steps | T |
 * | `"log"` | about 8 log₈ T: blocks of T / 8, T / 64, … steps, the last of fewer than 64 | of 63 steps at most | about (log₈ T − 1) T |
 *
 * A forward step costs about half of a step back, so that a step computed again adds about a third to the time of training.
 * (Griewank and Walther's treeverse needs fewer for the same memory, but its blocks differ in length, so that the recording
 * would grow with T.) Elements, what is stacked as outputs and the gradients of both are kept for all T steps in any case.
 */
export type CheckpointEvery = number | readonly number[] | "sqrt" | "log";

/** How many blocks `"log"` makes of one, as long as that has `worthCutting` steps: short loops spend their time on sums of gradients. */
const branches = 8;
const worthCutting = 64;

/** `scanLists` that keeps carries only so often. @throws ShapeError for what is no `CheckpointEvery`. */
export function scanInBlocks(checkpointEvery: CheckpointEvery): typeof scanLists {
  const blockLengths = blockLengthsFor("scan", checkpointEvery);
  return (step, init, xs, loop) => inBlocks(blockLengths(loop.length))(step, init, xs, loop);
}

/** For the options of `optionsOf`. @throws ShapeError, in the name of `op`, for what is no `CheckpointEvery`. */
export function checkCheckpointEvery(op: string, _: string, every: CheckpointEvery): void {
  blockLengthsFor(op, every);
}

/** By the number of steps, the lengths of blocks, longest first. */
function blockLengthsFor(op: string, every: CheckpointEvery): (length: number) => readonly number[] {
  if (every === "sqrt") return (length) => [Math.max(1, Math.ceil(Math.sqrt(length)))];
  if (every === "log") return inPowers;
  const list = typeof every === "number" ? [every] : every;
  if (!Array.isArray(list) || list.length === 0)
    throw new ShapeError(
      op,
      `checkpointEvery is no number of steps: ${describeValue(every)}`,
      remedyFor(every, 'use an integer from 1, a list of them, "sqrt" or "log"'),
    );
  const lengths = list.map((value) => checkCount(op, "number of steps between checkpoints", value, 1));
  const sorted = [...new Set(lengths)].sort((a, b) => b - a);
  return () => sorted;
}

function inPowers(length: number): readonly number[] {
  const lengths: number[] = [];
  for (let rest = length; rest >= worthCutting; ) {
    rest = Math.floor(rest / branches);
    lengths.push(rest);
  }
  return lengths;
}

/** A scan of checkpointed scans over blocks, and one over the steps that are left, both with shorter blocks inside. */
function inBlocks([every, ...shorter]: readonly number[]): typeof scanLists {
  if (every === undefined) return scanLists;
  const inner = inBlocks(shorter);
  return (step, init, xs, loop) => {
    const { length, reverse } = loop;
    const blocks = Math.floor(length / every);
    if (blocks === 0) return inner(step, init, xs, loop);
    const split = blocks * every;
    // The steps that are left come last, which in reverse is at the front.
    const [mainStart, restStart] = reverse ? [length - split, 0] : [0, split];
    const range = (start: number, count: number) => xs.map((x) => slice(x, [start], [start + count]));
    const main = scanLists(
      blockStep(inner, step, { length: every, reverse }),
      init,
      range(mainStart, split).map((x) => reshape(x, [blocks, every, ...x.shape.slice(1)])),
      { length: blocks, reverse },
    );
    const outputs = main.outputs.map((output) => reshape(output, [split, ...output.shape.slice(2)]));
    if (split === length) return { carry: main.carry, outputs };
    const rest = inner(step, main.carry, range(restStart, length - split), { length: length - split, reverse });
    const join = (a: Tensor, b: Tensor) => concat(reverse ? [b, a] : [a, b]);
    return { carry: rest.carry, outputs: outputs.map((output, i) => join(output, defined(rest.outputs[i], "output"))) };
  };
}

/** The steps of one block as one step, whose inner values are forgotten. */
function blockStep(inner: typeof scanLists, step: ListStep, loop: ScanLoop): ListStep {
  return checkpoint((carry: readonly Tensor[], elements: readonly Tensor[]) => inner(step, carry, elements, loop));
}
