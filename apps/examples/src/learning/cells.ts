/** The recurrent layers that are compared. */
import { GRU, LSTM, RNN } from "tapegrad";

export const layers = { rnn: RNN, lstm: LSTM, gru: GRU };

export type CellName = keyof typeof layers;

export const cellNames: readonly CellName[] = ["rnn", "lstm", "gru"];
