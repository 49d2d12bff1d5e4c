/** The description of a sweep: a module that exports `sweep`, or JSON. */
import type { ParametersOf, Space } from "./space.ts";

/** What a training function gets. */
export interface Trial<P> {
  /** From 0 on. */
  readonly trial: number;
  readonly parameters: P;
  /** How far to train in all, such as a number of steps. A later rung has more, and goes on from what was saved. */
  readonly budget: number;
  /** The sweep's. All that is random must come from here, so that a trial that is repeated gives the same value. */
  readonly seed: number;
  /** What this trial has saved last, if anything: the state to go on from. */
  readonly resume: Uint8Array | undefined;
  /** Keeps `state` in place of what was saved before. Whenever the process is killed, the old state or the new one is there. */
  save(state: Uint8Array): Promise<void>;
}

/** Trains, and gives the value that the sweep makes small, such as a loss on held-out data. */
export type Train<P> = (trial: Trial<P>) => number | Promise<number>;

/**
 * A program that trains. In its words `{budget}`, `{seed}`, `{trial}`, `{folder}` (of this trial) and the names of parameters stand for
 * values; parameters that no word names are appended as options, `learningRate` as `--learning-rate`.
 */
export interface CommandTraining {
  readonly command: readonly string[];
  /** A regular expression whose first group is the value in what the program writes; its last occurrence counts. */
  readonly value: string;
  /** Appended where the program has left the file `checkpoint` in the trial's folder before. */
  readonly resume?: readonly string[] | undefined;
  readonly checkpoint?: string | undefined;
}

export interface Sweep<S extends Space = Space> {
  /** Of the queue and of the folder of results; by default that of the file. */
  readonly name?: string | undefined;
  readonly space: S;
  /** n, in the first rung. */
  readonly trials: number;
  /** Of the draws, and of every trial. @defaultValue 0 */
  readonly seed?: number | undefined;
  /** r, of a trial in the first rung. */
  readonly budget: number;
  /** Successive halving has several. @defaultValue 1 */
  readonly rungs?: number | undefined;
  /** η: a rung keeps one trial of η, and gives it η times the budget. @defaultValue 3 */
  readonly factor?: number | undefined;
  /** A function; the path of a module that exports it as `train`; or a program. By default this module's own export. */
  readonly train?: Train<ParametersOf<S>> | string | CommandTraining | undefined;
}

/** Returns `sweep`; the compiler finds the types of `parameters` by its space. */
export function defineSweep<const S extends Space>(sweep: Sweep<S>): Sweep<S> {
  return sweep;
}
