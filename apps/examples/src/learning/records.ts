/**
 * The measurements so far, one record per training run. `docs/learning.jsonl` keeps them, so that a run adds to earlier ones.
 */
import type { CellName } from "./cells.ts";

export interface MemoryRecord {
  readonly task: "adding" | "copying";
  /** Time steps for adding; for copying, those between reading and repeating. */
  readonly length: number;
  readonly cell: CellName;
  readonly seed: number;
  /** Training steps taken: fewer than allowed where the task was solved before. */
  readonly steps: number;
  /** On sequences that were not trained on: mean squared error for adding, the share of symbols repeated wrongly for copying. */
  readonly error: number;
  readonly seconds: number;
}

export interface TextRecord {
  readonly task: "text";
  readonly cell: CellName;
  readonly seed: number;
  /** Nats per character on the last tenth of the text, by the number of steps. */
  readonly points: readonly (readonly [step: number, nats: number])[];
  readonly seconds: number;
}

export type LearningRecord = MemoryRecord | TextRecord;

/** `records` with `added` in the place of an older record of the same run. */
export function withRecord(records: readonly LearningRecord[], added: LearningRecord): LearningRecord[] {
  return [...records.filter((record) => keyOf(record) !== keyOf(added)), added].sort((a, b) =>
    keyOf(a).localeCompare(keyOf(b), "en", { numeric: true }),
  );
}

function keyOf(record: LearningRecord): string {
  const length = record.task === "text" ? 0 : record.length;
  return `${record.task} ${length} ${record.cell} ${record.seed}`;
}

/** JSON, one record per line, so that a new measurement is a new line. */
export function formatRecords(records: readonly LearningRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}

/** What `formatRecords` wrote. */
export function parseRecords(lines: string): LearningRecord[] {
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LearningRecord); // Our own file.
}
