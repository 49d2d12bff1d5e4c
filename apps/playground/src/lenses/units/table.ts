/** The chosen unit after each element of the text that is shown. */
import type { Table } from "../../export/table.ts";
import { oneOf } from "../../link/codec.ts";
import { Linked } from "../../link/use-linked.ts";
import type { Run } from "../../run/run.ts";
import { parts } from "./sizes.ts";

export async function table(run: Run): Promise<Table> {
  const { layer, unit } = run.unit.value;
  const part = new Linked("units.state", "h", oneOf(parts)).value;
  const { start, labels, values } = await run.ask("unitValues", { position: run.cursor.value, layer, unit, part });
  return {
    columns: ["position", "element", `${part} of unit ${unit + 1}, layer ${layer + 1}`],
    rows: labels.map((label, at) => [start + at + 1, label, values[at] ?? ""]),
  };
}
