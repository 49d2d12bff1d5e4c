/** The recurrent layers: stacks of cells, in one or both directions, with PyTorch's interface and parameter names. */

import type { HiddenState, LSTMState } from "./cell.ts";
import { GRUCell, type GRUCellOptions, LSTMCell, type LSTMCellOptions, RNNCell, type RNNCellOptions } from "./cells.ts";
import { RecurrentLayer, type RecurrentLayerOptions } from "./recurrent-layer.ts";

/** Elman's recurrent network over sequences; see `RNNCell`. */
export class RNN extends RecurrentLayer<HiddenState> {
  constructor(input: number, hidden: number, options: RecurrentLayerOptions & RNNCellOptions = {}) {
    const { nonlinearity = "tanh" } = options;
    super(input, hidden, options, (size, cellOptions) => new RNNCell(size, hidden, { ...cellOptions, nonlinearity }));
  }
}

/** Long short-term memory over sequences; see `LSTMCell`. With `projSize`, h and the outputs have that size instead. */
export class LSTM extends RecurrentLayer<LSTMState> {
  constructor(input: number, hidden: number, options: RecurrentLayerOptions & LSTMCellOptions = {}) {
    const { projSize = 0 } = options;
    super(input, hidden, options, (size, cellOptions) => new LSTMCell(size, hidden, { ...cellOptions, projSize }));
  }
}

/** Gated recurrent units over sequences; see `GRUCell`. */
export class GRU extends RecurrentLayer<HiddenState> {
  constructor(input: number, hidden: number, options: RecurrentLayerOptions & GRUCellOptions = {}) {
    const { resetAfter = true } = options;
    super(input, hidden, options, (size, cellOptions) => new GRUCell(size, hidden, { ...cellOptions, resetAfter }));
  }
}
