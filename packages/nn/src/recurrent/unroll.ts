/** Runs a cell over a time-major sequence. This is the only loop over time in this package; all layers use it. */
import { type ScanOptions, scan } from "@tapegrad/autodiff";
import type { Tensor } from "@tapegrad/core";
import { type Cell, type StepResult, stepOf } from "../cells/cell.ts";
import { currentProbe } from "../gradient-flow/probe.ts";
import { backwards, type SequenceMasks, selectRows, selectState } from "./padding-and-resets.ts";

/** How a cell runs, whatever it reads. */
export interface Run<State> {
  readonly cell: Cell<State>;
  readonly loop: ScanOptions;
  /** The module that runs it, and which of its cells it is: so `gradientFlow` names it. */
  readonly owner: object;
  readonly label: string;
}

/** What one step reads; with a time axis in front, what all of them read. */
export interface Elements extends SequenceMasks {
  readonly x: Tensor;
}

/** One step of the loop; `around` calls the cell, and may put something else in the place of what it returned. */
export type Step<State> = (
  carry: State,
  element: Elements,
  around?: (call: () => StepResult<State>) => StepResult<State>,
) => readonly [State, Tensor];

/** x [time, batch, …] → output [time, batch, …], and the state after the last step that counts. */
export function unroll<State>(run: Run<State>, x: Tensor, initial: State, masks: SequenceMasks): StepResult<State> {
  const { cell, loop, owner } = run;
  const fresh = masks.starts === undefined ? initial : cell.initialState(x.shape[1] ?? 0);
  const step: Step<State> = (carry, { x: element, valid, starts }, around = (call) => call()) => {
    const before = starts === undefined ? carry : selectState(starts, fresh, carry);
    const { output, state } = around(() => stepOf(owner.constructor.name, cell, element, before));
    return valid === undefined ? [state, output] : [selectState(valid, state, carry), selectRows(valid, output, 0)];
  };
  const elements = { x, ...(loop.reverse === true ? backwards(masks) : masks) };
  const probe = currentProbe();
  const [state, output] =
    probe === undefined
      ? scan((carry: State, element: Elements) => step(carry, element), initial, elements, loop)
      : probe(run, step, initial, elements);
  return { output, state };
}
