/** Tables of a lens's numbers, and as CSV (RFC 4180). */

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export function csvOf({ columns, rows }: Table): string {
  return [columns, ...rows].map((row) => `${row.map(cellOf).join(",")}\r\n`).join("");
}

function cellOf(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What the tables on the page show; undefined where there is none. */
export function tableOnPage(place: Element): Table | undefined {
  const rows = Array.from(place.querySelectorAll("table"), (table) =>
    Array.from(table.rows, (row) => Array.from(row.cells, ({ textContent }) => (textContent ?? "").trim())),
  );
  const [columns, ...rest] = rows.flat();
  return columns === undefined ? undefined : { columns, rows: rest };
}
