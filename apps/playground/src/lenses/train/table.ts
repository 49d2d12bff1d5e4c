/** The course of training as numbers. */
import type { Table } from "../../export/table.ts";
import type { Run } from "../../run/run.ts";

/** A value that was not measured at a step is empty. */
export function table({ course, heldOut }: Run): Table {
  const { steps, losses, norms } = course.value;
  const judged = new Map(heldOut.value.map(({ step, loss }) => [step, loss]));
  const trained = new Map(steps.map((step, at) => [step, [losses[at] ?? "", norms[at] ?? ""]]));
  const all = [...new Set([...trained.keys(), ...judged.keys()])].toSorted((a, b) => a - b);
  return {
    columns: ["step", "training loss", "gradient norm", "held-out loss"],
    rows: all.map((step) => [step, ...(trained.get(step) ?? ["", ""]), judged.get(step) ?? ""]),
  };
}
