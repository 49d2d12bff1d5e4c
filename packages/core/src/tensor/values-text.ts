/**
 * Values as text, as NumPy prints them: rows in brackets and aligned. Of a large tensor, only the first and the last values
 * along each axis are shown.
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

/** `data`, row-major, as lines. */
export function valuesText(data: TypedArray, { shape, dtype }: TensorType, { most, edge }: TextLimits): string {
  if (data.length === 0) return "[]";
  const isCut = data.length > most;
  let longest = 0;
  /** What is behind `axis` from the value `from` on, whose bracket opens in column `axis`; blank lines part matrices. */
  const textAt = (axis: number, from: number, length: number): string => {
    const count = shape[axis];
    if (count === undefined) {
      const text = numberText(data[from] ?? Number.NaN, dtype).padStart(length);
      longest = Math.max(longest, text.length);
      return text;
    }
    const step = sizeOf(shape.slice(axis + 1));
    const places = (start: number, end: number) =>
      Array.from({ length: end - start }, (_, i) => textAt(axis + 1, from + (start + i) * step, length));
    const cells =
      !isCut || count <= 2 * edge ? places(0, count) : [...places(0, edge), gap, ...places(count - edge, count)];
    const depth = shape.length - axis - 1;
    return depth === 0 ? rowText(cells, axis + 1) : `[${cells.join(`,${"\n".repeat(depth)}${" ".repeat(axis + 1)}`)}]`;
  };
  textAt(0, 0, 0);
  return textAt(0, 0, longest);
}

/** The value to six digits, zeros at the end left out; integers in full. */
function numberText(value: number, dtype: TensorType["dtype"]): string {
  if (dtype === "bool") return String(value !== 0);
  if (Object.is(value, -0)) return "-0";
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
}

/** A row whose values begin in column `column`, in as many lines as it takes. */
function rowText(cells: readonly string[], column: number): string {
  let line = "";
  const lines: string[] = [];
  for (const cell of cells) {
    if (line !== "" && column + line.length + cell.length + 3 > width) {
      lines.push(`${line},`);
      line = cell;
    } else line = line === "" ? cell : `${line}, ${cell}`;
  }
  return `[${[...lines, line].join(`\n${" ".repeat(column)}`)}]`;
}
