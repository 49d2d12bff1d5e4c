/** Several cells on top of each other as one cell. */
import { ShapeError, type Tensor } from "@tapegrad/core";
import { checkList } from "@tapegrad/core/internal";
import { type Cell, checkCell, type StepResult, stepOf } from "./cell.ts";
import { CheckedCell } from "./checked-cell.ts";

/** For each state its cell. */
type Cells<States extends readonly unknown[]> = { readonly [K in keyof States]: Cell<States[K]> };

/**
 * Each cell reads the output of the one before at the same step; the state is the list of theirs. In contrast to a layer with
 * `layers`, the cells may be of different kinds and sizes, and wrapped one by one.
 * @example
 * import { GRUCell, LSTMCell, ones, Recurrent, StackedCell } from "tapegrad";
 * const cell = new StackedCell([new LSTMCell(3, 16), new GRUCell(16, 8)]);
 * const { output, state } = new Recurrent(cell).forward(ones([2, 5, 3]));
 * console.log(output.shape, state[0].c.shape, state[1].h.shape); // → [ 2, 5, 8 ] [ 2, 16 ] [ 2, 8 ]
 */
export class StackedCell<States extends readonly unknown[]> extends CheckedCell<States> {
  /** The cells, each reading the output of the one before. */
  readonly cells: Cells<States>;

  constructor(cells: Cells<States>) {
    super();
    this.cells = checkList(new.target.name, "cells", cells, "new StackedCell([first, second])");
    for (const cell of this.cells) checkCell(new.target.name, cell);
    if (this.cells.length === 0) throw new ShapeError(new.target.name, "there are no cells", "give at least one");
  }

  initialState(batch: number): States {
    return this.#tuple((cell) => cell.initialState(batch));
  }

  protected advance(x: Tensor, states: States): StepResult<States> {
    let output = x;
    const state = this.#tuple((cell, index) => {
      const result = stepOf(this.constructor.name, cell, output, states[index]);
      output = result.output;
      return result.state;
    });
    return { output, state };
  }

  /** The one cast of this file: what a cell returns at each position is of that position's type, which `map` cannot say. */
  #tuple(fn: (cell: Cell<unknown>, index: number) => unknown): States {
    return this.cells.map(fn) as readonly unknown[] as States;
  }
}
