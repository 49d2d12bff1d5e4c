/** A table to begin with: two waves of 25 and 7 rows, and their sum, which is predicted from itself. */
import type { TaskSettings } from "../settings.ts";

const rows = 240;

function wave(height: number, period: number): number[] {
  return Array.from({ length: rows }, (_, row) => height * Math.sin((2 * Math.PI * row) / period));
}

const [slow, quick] = [wave(1, 25), wave(0.5, 7)];
/** Zero has no sign in a table. */
const rounded = (values: readonly number[]) => values.map((value) => Number(value.toFixed(3)) + 0);

export const exampleSeries: Extract<TaskSettings, { kind: "series" }> = {
  kind: "series",
  columns: [
    { name: "slow", values: rounded(slow) },
    { name: "quick", values: rounded(quick) },
    { name: "sum", values: rounded(slow.map((value, row) => value + (quick[row] ?? 0))) },
  ],
  inputs: ["sum"],
  predicted: "sum",
  ahead: 1,
};
