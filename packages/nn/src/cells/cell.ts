/** The interface of a recurrent cell. */
import { DTypeError, Tensor } from "@tapegrad/core";
import { describeValue } from "@tapegrad/core/internal";
import type { Module } from "../module.ts";

/** What a cell returns. */
export interface StepResult<State> {
  readonly output: Tensor;
  readonly state: State;
}

/**
 * Anything that steps through time: what `Recurrent` runs. `State` is a tree of tensors [batch, …]; rows of a batch do not
 * see each other. A cell with Parameters extends `Module`, so that they are found.
 */
export interface Cell<State> {
  /**
   * The state before the first step. A state that is given to a layer or a wrapper has to have the same tree, shapes and dtypes;
   * one that grows can only be carried by calling `step` by hand.
   */
  initialState(batch: number): State;
  /** x [batch, input], output [batch, hidden]. */
  step(x: Tensor, state: State): { output: Tensor; state: State };
}

/** A module that is also a cell. */
export type ModuleCell<State> = Module & Cell<State>;

/** h [batch, hidden]. */
export interface HiddenState {
  readonly h: Tensor;
}
/** h and c [batch, hidden]; with a projection, h is [batch, projSize]. */
export interface LSTMState extends HiddenState {
  readonly c: Tensor;
}

/** `cell`. @throws DTypeError unless it has what a cell has. */
export function checkCell<State>(op: string, cell: Cell<State>): Cell<State> {
  const given: Partial<Record<keyof Cell<State>, unknown>> = Object(cell);
  if (typeof given.step === "function" && typeof given.initialState === "function") return cell;
  throw new DTypeError(
    op,
    `not a cell: ${describeValue(cell)}`,
    "give an object with initialState(batch) and step(x, state), such as new LSTMCell(input, hidden)",
  );
}

/** One step of any cell. @throws DTypeError, in the name of `op`, unless it returns what a cell returns. */
export function stepOf<State>(op: string, cell: Cell<State>, x: Tensor, state: State): StepResult<State> {
  const result = cell.step(x, state);
  const given: Partial<Record<keyof StepResult<State>, unknown>> = Object(result);
  if (given.output instanceof Tensor && "state" in given) return result;
  throw new DTypeError(
    op,
    `the cell returned ${describeValue(result)}`,
    "return { output, state }, a tensor and a tree of them",
  );
}
