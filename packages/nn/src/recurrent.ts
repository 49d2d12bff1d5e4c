/** Running a cell over a sequence. */

import { scan } from "@tapegrad/autodiff";
import { formatShape, ShapeError, type Tensor } from "@tapegrad/core";
import { transpose } from "@tapegrad/ops";
import type { Cell } from "./cells.ts";
import { Module } from "./module.ts";

export interface RecurrentOptions {
  /** From the last element to the first; outputs stay aligned with inputs. */
  readonly reverse?: boolean;
  /** Inputs and outputs as [time, batch, feature] instead of [batch, time, feature]. */
  readonly timeMajor?: boolean;
}

/** Any cell over a whole sequence, through `scan`. */
export class Recurrent<State> extends Module {
  readonly cell: Cell<State>;
  readonly reverse: boolean;
  readonly timeMajor: boolean;

  constructor(cell: Cell<State>, { reverse = false, timeMajor = false }: RecurrentOptions = {}) {
    super();
    this.cell = cell;
    this.reverse = reverse;
    this.timeMajor = timeMajor;
  }

  /** x [batch, time, feature] → output [batch, time, hidden] and the state after the last step. */
  forward(x: Tensor, { state }: { readonly state?: State } = {}): { output: Tensor; state: State } {
    if (x.rank !== 3) {
      throw new ShapeError(
        "Recurrent",
        `the input is not a batch of sequences: ${formatShape(x.shape)} (rank ${x.rank} ≠ 3)`,
        "give it [batch, time, feature]",
      );
    }
    const sequence = this.timeMajor ? x : swapTimeAndBatch(x);
    const initial = state ?? this.cell.initialState(sequence.shape[1] ?? 0);
    const step = (carry: State, element: Tensor): [State, Tensor] => {
      const { output, state: next } = this.cell.step(element, carry);
      return [next, output];
    };
    const [final, outputs] = scan(step, initial, sequence, { reverse: this.reverse });
    return { output: this.timeMajor ? outputs : swapTimeAndBatch(outputs), state: final };
  }
}

/** [batch, time, …] ↔ [time, batch, …]. */
export function swapTimeAndBatch(x: Tensor): Tensor {
  return transpose(x, [1, 0, ...x.shape.slice(2).map((_, axis) => axis + 2)]);
}
