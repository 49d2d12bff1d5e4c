/** A table of numbers from the text of a CSV file: one row per time step, columns with names. */
import Papa from "papaparse";
import type { SeriesColumn } from "../engine/settings.ts";
import { seriesTexts } from "../texts/series.ts";

export type ReadTable =
  | {
      readonly kind: "table";
      readonly columns: readonly SeriesColumn[];
      /** Names of columns without any number, such as dates. */
      readonly leftOut: readonly string[];
    }
  | { readonly kind: "bad"; readonly problem: string };

const fewestRows = 4;
const mostRows = 100_000;

/** A row, and the line of the text that it begins on. */
interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

const { problems } = seriesTexts;

export function readCsv(text: string): ReadTable {
  // Empty lines count where lines are counted, but would mislead the guess of what separates cells.
  const { delimiter } = Papa.parse(text, { preview: 20, skipEmptyLines: "greedy" }).meta;
  const { data, errors } = Papa.parse<string[]>(text.trimEnd(), { delimiter });
  const rows = withLines(data);
  const broken = errors.find(({ type }) => type === "Quotes");
  if (broken !== undefined) return bad(problems.quotes(data.length === 0 ? 1 : (rows.at(broken.row ?? 0)?.line ?? 1)));
  const [first, ...rest] = rows.filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
  if (first === undefined) return bad(problems.empty);
  const number = numberReader(delimiter);
  const hasNames = first.cells.some((cell) => number(cell) === undefined);
  const names = hasNames ? namesOf(first.cells) : first.cells.map((_, at) => seriesTexts.column(at + 1));
  const body = hasNames ? rest : [first, ...rest];
  const uneven = body.find(({ cells }) => cells.length !== names.length);
  if (uneven !== undefined) return bad(problems.uneven(uneven.line, uneven.cells.length, names.length));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) return bad(problems.twice(first.line, twice));
  if (body.length < fewestRows) return bad(problems.short(body.length, fewestRows));
  if (body.length > mostRows) return bad(problems.long(body.length, mostRows));
  return tableOf(names, body, number);
}

type ReadNumber = (cell: string) => number | undefined;

function tableOf(names: readonly string[], body: readonly Row[], number: ReadNumber): ReadTable {
  const columns: SeriesColumn[] = [];
  const leftOut: string[] = [];
  for (const [at, name] of names.entries()) {
    const read = body.map(({ line, cells }) => ({ line, cell: cells[at] ?? "", value: number(cells[at] ?? "") }));
    const wrong = read.filter(({ value }) => value === undefined);
    const [worst] = wrong;
    if (worst === undefined) columns.push({ name, values: read.map(({ value }) => value ?? Number.NaN) });
    else if (wrong.length === read.length) leftOut.push(name);
    else return bad(problems.noNumber(worst.line, name, worst.cell));
  }
  return columns.length === 0 ? bad(problems.noColumn(body[0]?.line ?? 1)) : { kind: "table", columns, leftOut };
}

/** Where commas do not separate cells, they may be decimal. */
function numberReader(delimiter: string): ReadNumber {
  return (cell) => {
    const plain = delimiter === "," ? cell.trim() : cell.trim().replace(/^([+-]?\d+),(\d+)$/, "$1.$2");
    const value = Number(plain);
    return plain === "" || !Number.isFinite(value) ? undefined : value;
  };
}

function namesOf(cells: readonly string[]): string[] {
  return cells.map((cell, at) => cell.trim() || seriesTexts.column(at + 1));
}

/** A cell in quotes may go over several lines. */
function withLines(data: readonly (readonly string[])[]): Row[] {
  let line = 1;
  return data.map((cells) => {
    const row = { line, cells };
    line += 1 + cells.reduce((breaks, cell) => breaks + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
    return row;
  });
}

function bad(problem: string): ReadTable {
  return { kind: "bad", problem };
}

/** The text of some columns, as they would be in a file. */
export function writeCsv(columns: readonly SeriesColumn[]): string {
  const rows = columns[0]?.values.map((_, row) => columns.map(({ values }) => values[row])) ?? [];
  return Papa.unparse({ fields: columns.map(({ name }) => name), data: rows }, { newline: "\n" });
}
