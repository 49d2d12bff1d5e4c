/** The hidden state of the chosen layer after each element of the passage. */
import type { Table } from "../../export/table.ts";
import type { Run } from "../../run/run.ts";

export async function table(run: Run): Promise<Table> {
  const { layer } = run.unit.value;
  const { start, inputLabels, targetLabels, units, hidden } = await run.ask("reading", { position: run.cursor.value });
  const states = hidden[layer];
  const all = Array.from({ length: units }, (_, unit) => unit);
  return {
    columns: ["position", "read", "follows", ...all.map((unit) => `h${unit + 1}, layer ${layer + 1}`)],
    rows: inputLabels.map((label, at) => [
      start + at + 1,
      label,
      targetLabels[at] ?? "",
      ...all.map((unit) => states?.[at * units + unit] ?? ""),
    ]),
  };
}
