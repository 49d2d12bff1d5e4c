/** The result of a part of the benchmarks. */
import type { Table } from "./table.ts";
import type { Verdict } from "./targets.ts";

export interface Report {
  readonly tables: readonly Table[];
  readonly verdicts: readonly Verdict[];
}

export type Log = (line: string) => void;
