/** The cells with gates, by name, as the package exports them: a new one is in every test of all cells. */
import * as nn from "@tapegrad/nn";
import { type CellOptions, GatedCell } from "../src/cells/gated-cell.ts";

type GatedCellClass = new (input: number, hidden: number, options?: CellOptions) => nn.ModuleCell<unknown>;

function isGatedCell(entry: [string, unknown]): entry is [string, GatedCellClass] {
  const [, value] = entry;
  return typeof value === "function" && value.prototype instanceof GatedCell;
}

/** A value for each of them. */
export function ofGatedCells<T>(make: (cell: GatedCellClass) => T): Readonly<Record<string, T>> {
  const cells = Object.entries<unknown>(nn).filter(isGatedCell);
  return Object.fromEntries(cells.map(([name, cell]) => [name, make(cell)]));
}
