/** The passage around the cursor, with up to as much text before it: the data for lenses that look back in time. */
import { concat, slice, type Tensor } from "tapegrad";
import type { Session, States } from "./session.ts";
import { longestPassage, type Passage, type Task } from "./tasks/task.ts";

/** Everything is one sequence of n steps, whose number depends on the passage alone, so that programs are compiled for few. */
export interface Stretch {
  /** The position of the first step. */
  readonly start: number;
  /** The step that the cursor is at. */
  readonly at: number;
  /** Of each step: what is read, and what should be predicted (empty where nothing counts or nobody knows). */
  readonly inputLabels: readonly string[];
  readonly targetLabels: readonly string[];
  /** [1, n] or [1, n, feature]. */
  readonly inputs: Tensor;
  readonly targets: Tensor;
  /** Before the first step. */
  readonly states: States;
}

/** The states at the steps of the passage are those that `statesBefore` leads to: the same elements are read before them. */
export function stretchAround(session: Session, position: number): Stretch {
  const passage = session.task.passage(position);
  const earlier = passageBefore(session.task, passage);
  if (earlier === undefined) {
    const { start, inputLabels, targetLabels, inputs, targets } = passage;
    return {
      start,
      at: position - start,
      inputLabels,
      targetLabels,
      inputs,
      targets,
      states: session.statesBefore(passage),
    };
  }
  const length = earlier.inputLabels.length;
  const read = passage.before?.shape[1] ?? 0;
  const before =
    read > length && passage.before !== undefined ? slice(passage.before, [0, 0], [1, read - length]) : undefined;
  return {
    start: earlier.start,
    at: position - earlier.start,
    inputLabels: [...earlier.inputLabels, ...passage.inputLabels],
    targetLabels: [...earlier.targetLabels, ...passage.targetLabels],
    inputs: concat([earlier.inputs, passage.inputs], { axis: 1 }),
    targets: concat([earlier.targets, passage.targets], { axis: 1 }),
    states: session.statesBefore({ ...passage, before }),
  };
}

/** The passage that ends where this one begins, in the same sequence. */
function passageBefore(task: Task, { start, before }: Passage): Passage | undefined {
  if (before === undefined || start === 0) return undefined;
  const earlier = task.passage(start - 1);
  const { length } = earlier.inputLabels;
  const isNeighbour = earlier.start + length === start && length <= Math.min(longestPassage, before.shape[1] ?? 0);
  return isNeighbour ? earlier : undefined;
}

/** The step at or after `at` whose prediction counts; where there is none, the last one that does. */
export function judgedStep({ weights }: Task, { targetLabels }: Pick<Stretch, "targetLabels">, at: number): number {
  const whole = weights?.length === targetLabels.length ? weights : undefined;
  const counts = targetLabels.map((label, step) => label !== "" && (whole?.[step] ?? 1) !== 0);
  const next = counts.indexOf(true, at);
  return next === -1 ? Math.max(0, counts.lastIndexOf(true)) : next;
}
