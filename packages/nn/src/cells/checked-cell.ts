/** The base class of this package's cells. It checks inputs and states before a cell's equations use them. */
import type { Tensor } from "@tapegrad/core";
import { tensorOf } from "@tapegrad/ops/internal";
import { Module } from "../module.ts";
import type { Cell, StepResult } from "./cell.ts";
import { checkState, stateLike } from "./state.ts";

export abstract class CheckedCell<State> extends Module implements Cell<State> {
  abstract initialState(batch: number): State;

  /** The equation, of an input and a state that fit. */
  protected abstract advance(x: Tensor, state: State): StepResult<State>;

  /** x [batch, input], output [batch, hidden]. @throws ShapeError, DTypeError unless the state is one for this input. */
  step(x: Tensor, state: State): StepResult<State> {
    const op = this.constructor.name;
    const input = tensorOf(op, "input", x);
    const like = stateLike(this, input.shape.slice(0, -1));
    return this.advance(
      input,
      checkState(op, state, like, "give a state of the input's batch, such as initialState(batch)"),
    );
  }

  /** One step, as a module is called. */
  forward(x: Tensor, state: State): StepResult<State> {
    return this.step(x, state);
  }
}
