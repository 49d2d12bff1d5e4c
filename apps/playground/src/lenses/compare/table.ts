/** The losses of the compared runs, one below the other. */
import type { Table } from "../../export/table.ts";
import { pinned, standard } from "./compared.ts";

export function table(): Table {
  const compared = pinned.value.length > 0 ? pinned.value : standard.value;
  return {
    columns: ["run", "cell", "units", "seed", "step", "loss", "gradient norm"],
    rows: compared.flatMap(({ run }, index) => {
      const { cell, hidden, seed } = run.settings.value;
      const { steps, losses, norms } = run.course.value;
      return steps.map((step, at) => [index + 1, cell, hidden, seed, step, losses[at] ?? "", norms[at] ?? ""]);
    }),
  };
}
