/** The messages between a worker and the process that trains for it. */
import type { Task } from "../driving/trial-queue.ts";

export interface Assignment {
  /** The description of the sweep. */
  readonly file: string;
  readonly task: Task;
  readonly seed: number;
  /** Of the trial, for what it saves. */
  readonly folder: string;
}

/** From the worker: first the assignment, and later perhaps that it shall end. */
export type Order = Assignment | "stop";

/** What came of the assignment: a value, or the reason why there is none. */
export type Report = { readonly value: number } | { readonly error: string };
