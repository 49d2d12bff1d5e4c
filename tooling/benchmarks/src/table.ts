/** A table of text: aligned on a terminal, and as Markdown. */

export interface Table {
  readonly title: string;
  /** What the columns mean, in a sentence or two. */
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The first column to the left, numbers to the right. */
export function toMarkdown({ title, note, columns, rows }: Table): string {
  const lines = [columns, ...rows];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const pad = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  const row = (cells: readonly string[]) => `| ${cells.map(pad).join(" | ")} |`;
  const rule = widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [`## ${title}`, "", note, "", row(columns), row(rule), ...rows.map(row)].join("\n");
}

export function milliseconds(value: number): string {
  return `${value < 1000 ? Number(value.toPrecision(3)) : Math.round(value)} ms`;
}

export function times(ratio: number): string {
  return `${Number(ratio.toPrecision(ratio < 0.1 ? 2 : 3))} ×`;
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 2 : 0)} MiB`;
}

export function gigaflops(value: number): string {
  return `${value.toFixed(1)} Gflop/s`;
}
