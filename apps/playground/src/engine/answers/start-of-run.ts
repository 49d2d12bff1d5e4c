/** The start of a run, for programs that repeat it: its weights at step 0, and the batches of its first steps. */
import { stack } from "tapegrad";
import { arrayOf, arraysOf } from "../arrays.ts";
import { namesInOwnCell } from "../cells.ts";
import type { NamedArray } from "../protocol.ts";
import { Session } from "../session.ts";

export interface StartOfRun {
  /** By Parameter, as the seed gives them. */
  readonly weights: Readonly<Record<string, NamedArray>>;
  /** Of the first steps, [step, batch, time …]. */
  readonly inputs: NamedArray;
  readonly targets: NamedArray;
  /** Of each time step: the weight of its loss; undefined where all count alike. */
  readonly lossWeights: readonly number[] | undefined;
  /** What the source of an own cell uses of "tapegrad". */
  readonly names: readonly string[];
}

export function startOfRun({ settings, task }: Session, { steps }: { readonly steps: number }): StartOfRun {
  const batches = Array.from({ length: steps }, (_, step) => task.at(step));
  return {
    weights: arraysOf(new Session(settings).model.stateDict()),
    inputs: arrayOf(stack(batches.map(({ inputs }) => inputs))),
    targets: arrayOf(stack(batches.map(({ targets }) => targets))),
    lossWeights: task.weights,
    names: namesInOwnCell(settings),
  };
}
