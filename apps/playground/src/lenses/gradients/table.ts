/** The gradient of the chosen prediction's loss with respect to each state before it. */
import type { Table } from "../../export/table.ts";
import type { Run } from "../../run/run.ts";

export async function table(run: Run): Promise<Table> {
  const { layers, inputLabels } = await run.ask("flow", { position: run.cursor.value });
  const series = layers.flatMap(({ h, c }, layer) => [
    { name: `∂loss/∂h, layer ${layer + 1}`, values: h },
    ...(c === undefined ? [] : [{ name: `∂loss/∂c, layer ${layer + 1}`, values: c }]),
  ]);
  return {
    columns: ["time", "read", ...series.map(({ name }) => name)],
    rows: [undefined, ...inputLabels].map((label, at) => [
      at,
      label ?? "",
      ...series.map(({ values }) => values[at] ?? ""),
    ]),
  };
}
