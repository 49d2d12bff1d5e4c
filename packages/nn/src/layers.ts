/** The recurrent layers: stacks of cells, in one or both directions, with PyTorch's interface and parameter names. */
import { optionsOf } from "@tapegrad/core/internal";
import type { HiddenState, LSTMState } from "./cell.ts";
import {
  checkProjection,
  GRUCell,
  type GRUCellOptions,
  gruCellOptions,
  LSTMCell,
  type LSTMCellOptions,
  lstmCellOptions,
  RNNCell,
  type RNNCellOptions,
  rnnCellOptions,
} from "./cells.ts";
import { RecurrentLayer, type RecurrentLayerOptions, recurrentLayerOptions } from "./recurrent-layer.ts";

const rnnOptions = { ...recurrentLayerOptions, ...rnnCellOptions } as const;
const lstmOptions = { ...recurrentLayerOptions, ...lstmCellOptions } as const;
const gruOptions = { ...recurrentLayerOptions, ...gruCellOptions } as const;

/** Elman's recurrent network over sequences; see `RNNCell`. */
export class RNN extends RecurrentLayer<HiddenState> {
  constructor(input: number, hidden: number, options: RecurrentLayerOptions & RNNCellOptions = {}) {
    const { nonlinearity = "tanh" } = optionsOf(new.target.name, options, rnnOptions);
    super(input, hidden, options, (size, cellOptions) => new RNNCell(size, hidden, { ...cellOptions, nonlinearity }));
  }
}

/** Long short-term memory over sequences; see `LSTMCell`. With `projSize`, h and the outputs have that size instead. */
export class LSTM extends RecurrentLayer<LSTMState> {
  constructor(input: number, hidden: number, options: RecurrentLayerOptions & LSTMCellOptions = {}) {
    const { projSize = 0 } = optionsOf(new.target.name, options, lstmOptions);
    checkProjection(new.target.name, hidden, projSize);
    super(input, hidden, options, (size, cellOptions) => new LSTMCell(size, hidden, { ...cellOptions, projSize }));
  }
}

/** Gated recurrent units over sequences; see `GRUCell`. */
export class GRU extends RecurrentLayer<HiddenState> {
  constructor(input: number, hidden: number, options: RecurrentLayerOptions & GRUCellOptions = {}) {
    const { resetAfter = true } = optionsOf(new.target.name, options, gruOptions);
    super(input, hidden, options, (size, cellOptions) => new GRUCell(size, hidden, { ...cellOptions, resetAfter }));
  }
}
