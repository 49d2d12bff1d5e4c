/** Results as a table: the best first, and those of the last rung before all others. */
import { ranked } from "../driving/halving.ts";
import type { Result } from "../driving/trial-queue.ts";

/** The last result of each trial, the best first. A trial of a later rung has beaten those that stayed behind. */
export function bestFirst(results: Iterable<Result>): Result[] {
  const last = new Map<number, Result>();
  for (const result of results) {
    if ((last.get(result.trial)?.rung ?? -1) < result.rung) last.set(result.trial, result);
  }
  const rungs = [...new Set([...last.values()].map(({ rung }) => rung))].sort((a, b) => b - a);
  return rungs.flatMap((rung) => ranked([...last.values()].filter((result) => result.rung === rung)));
}

/** Lines with aligned columns. */
export function tableOf(results: readonly Result[]): string {
  const names = [...new Set(results.flatMap(({ parameters }) => Object.keys(parameters)))];
  const rows = results.map((result) => [
    String(result.trial),
    String(result.rung + 1),
    String(result.budget),
    result.value === undefined ? "failed" : digits(result.value),
    ...names.map((name) => cell(result.parameters[name])),
    result.seconds.toFixed(1),
    String(result.attempts),
    result.error ?? "",
  ]);
  const lines = [["trial", "rung", "budget", "value", ...names, "seconds", "attempts", ""], ...rows];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const cell = (value: unknown): string => (typeof value === "number" ? digits(value) : String(value ?? ""));

const digits = (value: number): string => String(Number(value.toPrecision(6)));
