/** The recurrent layers: stacks of cells, in one or both directions, with PyTorch's interface and parameter names. */
import { optionsOf } from "@tapegrad/core/internal";
import type { HiddenState, LSTMState } from "../cells/cell.ts";
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
} from "../cells/cells.ts";
import { RecurrentLayer, type RecurrentLayerOptions, recurrentLayerOptions } from "./recurrent-layer.ts";

const rnnOptions = { ...recurrentLayerOptions, ...rnnCellOptions } as const;
const lstmOptions = { ...recurrentLayerOptions, ...lstmCellOptions } as const;
const gruOptions = { ...recurrentLayerOptions, ...gruCellOptions } as const;

/**
 * Elman's recurrent network over sequences: h_t = tanh(W_ih·x_t + b_ih + W_hh·h_{t−1} + b_hh), or relu. x [batch, time,
 * input] → output [batch, time, hidden·directions], state h [layers·directions, batch, hidden].
 * @throws ShapeError, DTypeError for inputs, states or lengths that do not fit.
 * @pytorch torch.nn.RNN
 * @example
 * import { Generator, ones, RNN } from "tapegrad";
 * const rnn = new RNN(3, 8, { nonlinearity: "relu", generator: new Generator(1) });
 * const { output, state } = rnn.forward(ones([2, 5, 3]));
 * console.log(output.shape, state.h.shape); // → [ 2, 5, 8 ] [ 1, 2, 8 ]
 */
export class RNN extends RecurrentLayer<HiddenState> {
  constructor(input: number, hidden: number, options: RecurrentLayerOptions & RNNCellOptions = {}) {
    const { nonlinearity = "tanh" } = optionsOf(new.target.name, options, rnnOptions);
    super(input, hidden, options, (size, cellOptions) => new RNNCell(size, hidden, { ...cellOptions, nonlinearity }));
  }
}

/**
 * Long short-term memory over sequences; see `LSTMCell` for the equations. x [batch, time, input] → output [batch, time,
 * hidden·directions], state h and c [layers·directions, batch, hidden]. With `projSize`, h and the outputs have that size
 * instead.
 * @throws ShapeError, DTypeError for inputs, states or lengths that do not fit.
 * @pytorch torch.nn.LSTM
 * @example
 * import { Generator, LSTM, ones } from "tapegrad";
 * const lstm = new LSTM(3, 8, { layers: 2, bidirectional: true, generator: new Generator(1) });
 * const { output, state } = lstm.forward(ones([2, 5, 3]), { lengths: [5, 3] }); // padding is ignored
 * console.log(output.shape, state.h.shape, state.c.shape); // → [ 2, 5, 16 ] [ 4, 2, 8 ] [ 4, 2, 8 ]
 */
export class LSTM extends RecurrentLayer<LSTMState> {
  constructor(input: number, hidden: number, options: RecurrentLayerOptions & LSTMCellOptions = {}) {
    const { projSize = 0 } = optionsOf(new.target.name, options, lstmOptions);
    checkProjection(new.target.name, hidden, projSize);
    super(input, hidden, options, (size, cellOptions) => new LSTMCell(size, hidden, { ...cellOptions, projSize }));
  }
}

/**
 * Gated recurrent units over sequences; see `GRUCell` for the equations. x [batch, time, input] → output [batch, time,
 * hidden·directions], state h [layers·directions, batch, hidden].
 * @throws ShapeError, DTypeError for inputs, states or lengths that do not fit.
 * @pytorch torch.nn.GRU
 * @example
 * import { Generator, GRU, ones } from "tapegrad";
 * const gru = new GRU(3, 8, { generator: new Generator(1) });
 * const first = gru.forward(ones([2, 5, 3]));
 * const second = gru.forward(ones([2, 5, 3]), { state: first.state }); // goes on where the first ended
 * console.log(second.output.shape); // → [ 2, 5, 8 ]
 */
export class GRU extends RecurrentLayer<HiddenState> {
  constructor(input: number, hidden: number, options: RecurrentLayerOptions & GRUCellOptions = {}) {
    const { resetAfter = true } = optionsOf(new.target.name, options, gruOptions);
    super(input, hidden, options, (size, cellOptions) => new GRUCell(size, hidden, { ...cellOptions, resetAfter }));
  }
}
