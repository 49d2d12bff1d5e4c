/** Targets of figures, beside the measured values. */
import type { Table } from "./table.ts";

export interface Verdict {
  readonly measure: string;
  readonly target: string;
  readonly found: string;
  /** Undefined if it was not measured, for want of a rival. */
  readonly met: boolean | undefined;
}

/** A number with its unit. */
export type Unit = (value: number) => string;

/** `found` ≤ `limit`; `aside`, in brackets, says more. */
export function atMost(measure: string, found: number | undefined, limit: number, unit: Unit, aside = ""): Verdict {
  return verdict(measure, found, `≤ ${unit(limit)}`, (value) => value <= limit, unit, aside);
}

/** `found` ≥ `limit`. */
export function atLeast(measure: string, found: number | undefined, limit: number, unit: Unit, aside = ""): Verdict {
  return verdict(measure, found, `≥ ${unit(limit)}`, (value) => value >= limit, unit, aside);
}

function verdict(
  measure: string,
  found: number | undefined,
  target: string,
  isMet: (value: number) => boolean,
  unit: Unit,
  aside: string,
): Verdict {
  if (found === undefined) return { measure, target, found: "not measured", met: undefined };
  return { measure, target, found: `${unit(found)}${aside === "" ? "" : ` (${aside})`}`, met: isMet(found) };
}

export function targetTable(verdicts: readonly Verdict[]): Table {
  const rows = verdicts.map(({ measure, target, found, met }) => [
    measure,
    target,
    found,
    met === undefined ? "–" : met ? "yes" : "no",
  ]);
  const note =
    "On one thread, if nothing else is said; WebGPU in software uses all cores. Ratios are of times, tapegrad ÷ the other, except where Gflop/s are compared. Where they come from stands below.";
  return { title: "Targets", note, columns: ["measure", "must be", "is", "met"], rows };
}
