/** One recurrent layer with a linear map of its outputs, for both memory tasks. */
import { type Generator, Linear, Module, type RecurrentLayer, type Tensor } from "tapegrad";
import { type CellName, layers } from "./cells.ts";

export interface MemorySizes {
  readonly input: number;
  readonly hidden: number;
  readonly output: number;
}

export class MemoryModel extends Module {
  readonly recurrent: RecurrentLayer;
  readonly head: Linear;

  constructor(cell: CellName, { input, hidden, output }: MemorySizes, generator: Generator) {
    super();
    this.recurrent = new layers[cell](input, hidden, { generator });
    this.head = new Linear(hidden, output, { generator });
  }

  /** inputs [batch, time, input] → the answer at every step, [batch, time, output]. */
  forward(inputs: Tensor): Tensor {
    return this.head.forward(this.recurrent.forward(inputs).output);
  }

  /** The answer after the last step, [batch, output]. */
  last(inputs: Tensor): Tensor {
    const { h } = this.recurrent.forward(inputs).state;
    return this.head.forward(h.squeeze({ axis: 0 }));
  }
}
