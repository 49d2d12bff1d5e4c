/** Figures for readers are those that were measured: each stands in the report that the measuring command wrote. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), "utf8");

/** Figures with their unit, such as `31.6 ms`. */
const measured = (text: string) => text.match(/\d[\d.]* (?:ms|×|MiB|Gflop\/s)/g) ?? [];
/** Numbers with a decimal point in the rows of tables, and shares. */
const inTables = (text: string) =>
  text
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .flatMap((line) => line.match(/\d+\.\d+(?: %)?|after \d+/g) ?? []);

describe.each([
  { page: "apps/docs/how-it-works/benchmarks.md", report: "docs/benchmarks.md", figuresOf: measured, least: 30 },
  { page: "apps/docs/how-it-works/learning-results.md", report: "docs/learning.md", figuresOf: inTables, least: 20 },
])("$page", ({ page, report, figuresOf, least }) => {
  const known = read(report);
  // A figure is the whole number: 1.6 is not in 31.6.
  const isKnown = (figure: string) => new RegExp(String.raw`(?<![\d.])${RegExp.escape(figure)}(?!\d)`).test(known);

  it("has no figure that was not measured", () => {
    const figures = figuresOf(read(page));
    expect(figures.filter((figure) => !isKnown(figure))).toEqual([]);
    expect(figures.length).toBeGreaterThan(least);
  });
});
