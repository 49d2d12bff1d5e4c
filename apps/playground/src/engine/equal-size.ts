/** The number of units with which another cell's model has about as many parameters, for a fair comparison of cells. */
import type { CellName } from "./settings.ts";
import { type Elements, widthOf } from "./tasks/task.ts";

/** The cells whose parameters can be counted before they are made. */
export type SizedCell = Exclude<CellName, "own">;

/** Affine maps of [x, h] in a step: each has two matrices and two biases, as PyTorch's cells have. */
const maps: Readonly<Record<SizedCell, number>> = { RNN: 1, LSTM: 4, GRU: 3, "GRU, reset before": 3 };

export function isSized(cell: CellName): cell is SizedCell {
  return cell in maps;
}

/** All of a model but the cell and its units. */
export interface FixedSizes {
  readonly input: Elements;
  readonly output: Elements;
  readonly layers: number;
}

/** Parameters of a `SequenceModel`: embedding V·H, layers Σ maps·H·(input + H + 2), head (H + 1)·O. */
export function parametersOf(cell: SizedCell, hidden: number, { input, output, layers }: FixedSizes): number {
  const embedded = input.kind === "tokens";
  const embedding = embedded ? widthOf(input) * hidden : 0;
  const first = maps[cell] * hidden * ((embedded ? hidden : widthOf(input)) + hidden + 2);
  const later = maps[cell] * hidden * (hidden + hidden + 2);
  return embedding + first + (layers - 1) * later + (hidden + 1) * widthOf(output);
}

/** The units of each layer with which a model of `cell` comes nearest to `parameters`, at least 1. */
export function hiddenFor(cell: SizedCell, parameters: number, sizes: FixedSizes): number {
  let above = 1;
  while (parametersOf(cell, above, sizes) < parameters) above++;
  const below = Math.max(1, above - 1);
  const distance = (hidden: number) => Math.abs(parametersOf(cell, hidden, sizes) - parameters);
  return distance(below) < distance(above) ? below : above;
}
