/** The cells that a run can have, as a table. */
import { type Generator, GRUCell, type HiddenState, LSTMCell, type ModuleCell, RNNCell } from "tapegrad";
import type { CellName } from "./settings.ts";

/** Any cell of the playground: its state has h, and an LSTM's also c. */
export type AnyCell = ModuleCell<HiddenState>;

export type MakeCell = (input: number, hidden: number, generator: Generator) => AnyCell;

export const cells: Readonly<Record<Exclude<CellName, "own">, MakeCell>> = {
  RNN: (input, hidden, generator) => new RNNCell(input, hidden, { generator }),
  LSTM: (input, hidden, generator) => new LSTMCell(input, hidden, { generator }),
  GRU: (input, hidden, generator) => new GRUCell(input, hidden, { generator }),
  "GRU, reset before": (input, hidden, generator) => new GRUCell(input, hidden, { generator, resetAfter: false }),
};
