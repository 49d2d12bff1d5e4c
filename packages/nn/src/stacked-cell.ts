/** Cells on top of each other as one cell. */
import type { Tensor } from "@tapegrad/core";
import type { Cell } from "./cell.ts";
import { Module } from "./module.ts";

/** For each state its cell. */
type Cells<States extends readonly unknown[]> = { readonly [K in keyof States]: Cell<States[K]> };

/**
 * Each cell reads the output of the one before at the same step; the state is the list of theirs. In contrast to a layer with
 * `layers`, the cells may be of different kinds and sizes, and wrapped one by one.
 */
export class StackedCell<States extends readonly unknown[]> extends Module implements Cell<States> {
  readonly cells: Cells<States>;

  constructor(cells: Cells<States>) {
    super();
    this.cells = cells;
  }

  initialState(batch: number): States {
    return this.#tuple((cell) => cell.initialState(batch));
  }

  step(x: Tensor, states: States): { output: Tensor; state: States } {
    let output = x;
    const state = this.#tuple((cell, index) => {
      const result = cell.step(output, states[index]);
      output = result.output;
      return result.state;
    });
    return { output, state };
  }

  /** One step, as a module is called. */
  forward(x: Tensor, states: States): { output: Tensor; state: States } {
    return this.step(x, states);
  }

  /** The one cast of this file: what a cell returns at each position is of that position's type, which `map` cannot say. */
  #tuple(fn: (cell: Cell<unknown>, index: number) => unknown): States {
    return this.cells.map(fn) as readonly unknown[] as States;
  }
}
