/** The influence of each element on the chosen prediction, in both measures. */
import type { Table } from "../../export/table.ts";
import { texts } from "../../link/codec.ts";
import { Linked } from "../../link/use-linked.ts";
import type { Run } from "../../run/run.ts";

export async function table(run: Run): Promise<Table> {
  const output = run.summary.value?.output;
  const labels = (output?.kind === "tokens" ? output.vocabulary : output?.names) ?? [];
  const index = labels.indexOf(new Linked("influence.score", "", texts).value);
  const score = index === -1 ? undefined : index;
  const asked = { position: run.cursor.value, score };
  const now = await run.ask("influence", { ...asked, untrained: false });
  const before = await run.ask("influence", { ...asked, score: now.score, untrained: true });
  return {
    columns: ["position", "element", "gradient norm", "gradient × input", "gradient norm before training"],
    rows: now.inputLabels.map((label, at) => [
      now.start + at + 1,
      label,
      now.norms[at] ?? "",
      now.products[at] ?? "",
      before.norms[at] ?? "",
    ]),
  };
}
