/** Figures for readers are those that were measured: each stands in the report that the measuring command wrote. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), "utf8");

/** Prose says what follows from figures, with figures of its own; tables state what was measured. */
const tablesOf = (text: string) => text.match(/^\|.*$/gm)?.join("\n") ?? "";

describe.each([
  {
    page: "apps/docs/how-it-works/benchmarks.md",
    report: "docs/benchmarks.md",
    figure: /\d[\d.]* (?:ms|×|MiB|Gflop\/s)/g,
    least: 30,
  },
  {
    page: "apps/docs/how-it-works/learning-results.md",
    report: "docs/learning.md",
    figure: /\d+\.\d+(?: %)?|after \d+/g,
    least: 20,
  },
])("$page", ({ page, report, figure, least }) => {
  it("has no figure that was not measured", () => {
    const known = new Set<string>(read(report).match(figure));
    const figures = tablesOf(read(page)).match(figure) ?? [];
    expect(figures.filter((found) => !known.has(found))).toEqual([]);
    expect(figures.length).toBeGreaterThan(least);
  });
});
