/** The interface of a task: its alphabet, its batches, and the passages that lenses show. */
import type { Tensor } from "tapegrad";
import type { Baseline } from "../protocol.ts";

/** What one element of a sequence is: a token of a vocabulary, or some numbers with names. */
export type Elements =
  | { readonly kind: "tokens"; readonly vocabulary: readonly string[] }
  | { readonly kind: "numbers"; readonly names: readonly string[] };

/** How many numbers an element is, or how many tokens there are. */
export function widthOf(elements: Elements): number {
  return elements.kind === "tokens" ? elements.vocabulary.length : elements.names.length;
}

/** Sequences side by side, from the data that is trained on. */
export interface Batch {
  /** Tokens int32 [batch, time], or numbers float32 [batch, time, feature]. */
  readonly inputs: Tensor;
  /** Like `inputs`, of what is to be predicted at each step. */
  readonly targets: Tensor;
  /** Whether the sequences begin here, so that no state is carried in. */
  readonly fresh: boolean;
}

/** A stretch of the data, one sequence of at most `longestPassage` steps. */
export interface Passage {
  /** The position of its first element. */
  readonly start: number;
  /** Of each element: what is read, and what should be predicted (empty where nothing counts). */
  readonly inputLabels: readonly string[];
  readonly targetLabels: readonly string[];
  /** [1, time] or [1, time, feature]. */
  readonly inputs: Tensor;
  readonly targets: Tensor;
  /** What comes right before it in the same sequence, to be read for the state to begin with: [1, time …], or nothing. */
  readonly before: Tensor | undefined;
}

export const longestPassage = 64;

export interface Task {
  readonly input: Elements;
  readonly output: Elements;
  readonly batch: number;
  /** Time steps of a batch. */
  readonly window: number;
  /**
   * Of each time step of a batch (and of each passage that is as long): the weight of its loss. Undefined where all count
   * alike. A task that is judged at its end only has zeros before.
   */
  readonly weights: readonly number[] | undefined;
  /** Batch number `step`, endlessly. */
  at(step: number): Batch;
  /** Sequences that are never trained on, for the tasks that have them. */
  heldOut?(): Batch | undefined;
  /** The position of the first of them, where they are part of what the cursor goes over. */
  readonly heldOutFrom?: number | undefined;
  /** The task is solved when the loss, as the page shows it, is below: on the held-out sequences, or else on the data. */
  readonly solvedBelow?: number;
  /** What simple predictors lose on the held-out sequences, or else on the data. */
  readonly baselines?: readonly Baseline[];
  /** Positions of the cursor: elements of the data that can be looked at. */
  readonly length: number;
  /** The passage that `position` lies in. */
  passage(position: number): Passage;
}
