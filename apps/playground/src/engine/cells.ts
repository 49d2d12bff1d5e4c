/** The cells that a run can have, as a table. */
import { type Generator, GRUCell, type HiddenState, LSTMCell, type ModuleCell, RNNCell, TapegradError } from "tapegrad";
import { ownSource } from "./own-cell/templates.ts";
import type { CellName, RunSettings } from "./settings.ts";

/** Any cell of the playground: its state has h, and an LSTM's also c. */
export type AnyCell = ModuleCell<HiddenState>;

export type MakeCell = (input: number, hidden: number, generator: Generator) => AnyCell;

export const cells: Readonly<Record<Exclude<CellName, "own">, MakeCell>> = {
  RNN: (input, hidden, generator) => new RNNCell(input, hidden, { generator }),
  LSTM: (input, hidden, generator) => new LSTMCell(input, hidden, { generator }),
  GRU: (input, hidden, generator) => new GRUCell(input, hidden, { generator }),
  "GRU, reset before": (input, hidden, generator) => new GRUCell(input, hidden, { generator, resetAfter: false }),
};

/** What it takes to have cells of one's own. */
export interface OwnCells {
  readonly makerOf: (source: string) => MakeCell;
  /** What a source uses of "tapegrad". */
  readonly namesIn: (source: string) => readonly string[];
}

let ownCells: OwnCells | undefined;

/** From here on runs may have a cell of their own. Evaluating text is dangerous, so only a sandbox's worker brings the means. */
export function permitOwnCells(means: OwnCells): void {
  ownCells = means;
}

/** @throws TapegradError for a cell of one's own where it is not permitted, or whose source has no cell. */
export function cellOf(settings: RunSettings): MakeCell {
  if (settings.cell !== "own") return cells[settings.cell];
  if (ownCells === undefined) throw new TapegradError("own cell", "it runs in a sandbox only", "start it there");
  return ownCells.makerOf(ownSource(settings));
}

/** What the source of the run's cell, if it is one's own, uses of "tapegrad". */
export function namesInOwnCell(settings: RunSettings): readonly string[] {
  return settings.cell === "own" ? (ownCells?.namesIn(ownSource(settings)) ?? []) : [];
}
