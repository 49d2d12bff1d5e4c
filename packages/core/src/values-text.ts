/**
 * Values as text, as NumPy prints them: rows in brackets and aligned; of more than a screen can hold, the first and the last
 * along each axis.
 */
import type { TypedArray } from "./dtype.ts";
import { sizeOf } from "./shape.ts";
import type { TensorType } from "./variable.ts";

export interface TextLimits {
  /** So many values are shown in full. */
  readonly most: number;
  /** Of more, so many from either end of each axis. */
  readonly edge: number;
}

/** NumPy's. */
export const wholeText: TextLimits = { most: 1000, edge: 3 };
/** For a tensor among other things: a model's Parameters. */
export const shortText: TextLimits = { most: 12, edge: 2 };

/** Characters of a line. */
const width = 75;
const gap = "...";

/** Along each axis, what is shown of it. */
type Cells = string | readonly Cells[];

/** `data`, row-major, as lines. */
export function valuesText(data: TypedArray, type: TensorType, { most, edge }: TextLimits): string {
  const { shape, dtype } = type;
  const isCut = data.length > most;
  const cellsAt = (axis: number, from: number): Cells => {
    const length = shape[axis];
    if (length === undefined) return numberText(data[from] ?? Number.NaN, dtype);
    const step = sizeOf(shape.slice(axis + 1));
    const places = (start: number, end: number) =>
      Array.from({ length: end - start }, (_, i) => cellsAt(axis + 1, from + (start + i) * step));
    if (!isCut || length <= 2 * edge) return places(0, length);
    return [...places(0, edge), gap, ...places(length - edge, length)];
  };
  const cells = cellsAt(0, 0);
  return data.length === 0 ? "[]" : cellsText(aligned(cells, longestOf(cells)), shape.length, 0);
}

/** The shortest decimal that is the value, of at most six digits; integers in full. */
function numberText(value: number, dtype: TensorType["dtype"]): string {
  if (dtype === "bool") return String(value !== 0);
  if (Object.is(value, -0)) return "-0";
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value);
  const round = dtype === "float32" ? Math.fround : Number;
  for (let digits = 1; digits < 6; digits++) {
    const short = Number(value.toPrecision(digits));
    if (round(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(6)));
}

function longestOf(cells: Cells): number {
  if (typeof cells === "string") return cells === gap ? 0 : cells.length;
  return cells.reduce((longest: number, part) => Math.max(longest, longestOf(part)), 0);
}

function aligned(cells: Cells, length: number): Cells {
  if (typeof cells === "string") return cells === gap ? gap : cells.padStart(length);
  return cells.map((part) => aligned(part, length));
}

/** `depth` axes from column `column` on; blank lines part matrices. */
function cellsText(cells: Cells, depth: number, column: number): string {
  if (typeof cells === "string") return cells;
  if (depth === 1) return rowText(cells, column + 1);
  const between = `,${"\n".repeat(depth - 1)}${" ".repeat(column + 1)}`;
  return `[${cells.map((part) => cellsText(part, depth - 1, column + 1)).join(between)}]`;
}

/** A row whose values begin in column `column`, in as many lines as it takes. */
function rowText(cells: Cells, column: number): string {
  if (typeof cells === "string") return cells;
  let line = "";
  const lines: string[] = [];
  for (const cell of cells.map(String)) {
    if (line !== "" && column + line.length + cell.length + 3 > width) {
      lines.push(`${line},`);
      line = cell;
    } else line = line === "" ? cell : `${line}, ${cell}`;
  }
  return `[${[...lines, line].join(`\n${" ".repeat(column)}`)}]`;
}
