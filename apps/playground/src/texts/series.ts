/** The texts about tables of numbers. */
const count = (value: number) => value.toLocaleString("en");

export const seriesTexts = {
  column: (number: number) => `column ${number}`,
  table: "Table (CSV)",
  hint: "One row per time step, one column per quantity, names in the first row. Paste it, or:",
  file: "Choose a CSV file …",
  drop: "or drop one here",
  read: "Read",
  predict: "Predict",
  row: "in",
  rows: { 1: "the next row", 0: "the same row" },
  facts: (rows: number, columns: number) =>
    `${count(rows)} rows, ${columns} ${columns === 1 ? "column" : "columns"} of numbers.`,
  leftOut: (names: readonly string[]) => `Left out, as they have no numbers: ${names.join(", ")}.`,
  scaled:
    "Each column is shifted and scaled to mean 0 and standard deviation 1. So an error of 1 is about that of always saying the mean.",
  long: (rows: number) => `Shown are the first ${count(rows)} rows.`,
  noText: (name: string) => `${name} is not a text in UTF-8. Choose a CSV file; your table stays.`,
  problems: {
    empty: "There is nothing in it. Give rows of numbers, with names in the first.",
    quotes: (line: number) => `Line ${line}: a quotation mark is not closed, or not where a cell begins.`,
    uneven: (line: number, cells: number, names: number) =>
      `Line ${line} has ${cells} ${cells === 1 ? "cell" : "cells"}, and the first has ${names}.`,
    twice: (line: number, name: string) => `Line ${line}: two columns are called ${JSON.stringify(name)}.`,
    noNumber: (line: number, name: string, cell: string) =>
      cell.trim() === ""
        ? `Line ${line}: ${name} is empty. Every row needs a number.`
        : `Line ${line}: ${JSON.stringify(cell.slice(0, 40))} in ${name} is not a number.`,
    noColumn: (line: number) => `Line ${line}: no column has numbers.`,
    short: (rows: number, fewest: number) => `There are only ${rows} rows of numbers. Give at least ${fewest}.`,
    long: (rows: number, most: number) => `There are ${count(rows)} rows. Give at most ${count(most)}.`,
    stays: "Your table stays as it was.",
  },
} as const;
