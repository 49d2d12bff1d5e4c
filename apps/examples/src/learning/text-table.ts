/** The measurements on a text, beside PyTorch's. */
import { table } from "../table.ts";
import { type CellName, cellNames } from "./cells.ts";
import type { TextRecord } from "./records.ts";

/** Steps after which is measured. */
export const textSteps = [500, 1000, 1500, 2000];

/**
 * Nats per character on the last tenth of tinyshakespeare, by PyTorch on a CPU with the same model, protocol and its default
 * initial values, after 500, 1000, 1500 and 2000 steps.
 */
const pytorch: Readonly<Record<CellName, readonly number[]>> = {
  rnn: [1.79, 1.71, 1.68, 1.66],
  lstm: [1.74, 1.63, 1.59, 1.57],
  gru: [1.69, 1.6, 1.57, 1.56],
};

/** How far the mean of three seeds may be from PyTorch. */
export const tolerance = 0.02;

export function textTable(records: readonly TextRecord[]): string {
  const rows = cellNames.flatMap((cell) => {
    const ofCell = records.filter((record) => record.cell === cell);
    return ofCell.length === 0 ? [] : rowsOf(cell, ofCell);
  });
  return table(["cell", "after steps", ...textSteps.map(String)], rows);
}

function rowsOf(cell: CellName, records: readonly TextRecord[]): string[][] {
  const name = cell.toUpperCase();
  const means = textSteps.map((step) => meanAt(records, step));
  const seeds = records.map(({ seed }) => seed);
  const reference = pytorch[cell];
  const show = (value: number | undefined) => (value === undefined ? "–" : value.toFixed(3));
  return [
    ...records.map(({ seed, points }) => [
      name,
      `seed ${seed}`,
      ...textSteps.map((step) => show(natsAt(points, step))),
    ]),
    [name, `mean of seeds ${seeds.join(", ")}`, ...means.map(show)],
    [name, "PyTorch", ...reference.map((nats) => nats.toFixed(2))],
    [name, `difference, at most ${tolerance}`, ...means.map((mean, i) => describeDifference(mean, reference[i]))],
  ];
}

function describeDifference(mean: number | undefined, reference: number | undefined): string {
  if (mean === undefined || reference === undefined) return "–";
  const difference = mean - reference;
  const sign = difference < 0 ? "−" : "+";
  // PyTorch's numbers are given to two decimals, ours to more: compared is what can be told apart.
  return `${sign}${Math.abs(difference).toFixed(3)} ${Math.abs(difference) <= tolerance + 1e-9 ? "✓" : "✗"}`;
}

/** Undefined unless all records have a measurement there. */
function meanAt(records: readonly TextRecord[], step: number): number | undefined {
  const values = records.map(({ points }) => natsAt(points, step));
  const known = values.filter((value) => value !== undefined);
  return known.length < values.length ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function natsAt(points: TextRecord["points"], step: number): number | undefined {
  return points.find(([at]) => at === step)?.[1];
}
