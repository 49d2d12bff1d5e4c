/** What axe objects to on a page, or in parts of one. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Of the rules that are on. */
const colours = ["color-contrast", "link-in-text-block"];

/** All rules, or those that say something about colours. */
type Rules = "all" | "colours";

/**
 * Of any impact, as `rule: element`. What passes is not described, and a page gets axe once: both together take longer than the
 * rules do.
 */
export function violations(page: Page, ...parts: readonly string[]): Promise<string[]> {
  return violationsOf(page, "all", parts);
}

/** Where the page differs only in its colours from one that all rules were asked about. */
export function violationsOfColours(page: Page): Promise<string[]> {
  return violationsOf(page, "colours", []);
}

async function violationsOf(page: Page, rules: Rules, parts: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(source);
  const options: RunOptions = {
    resultTypes: ["violations"],
    ...(rules === "colours" && { runOnly: { type: "rule", values: colours } }),
  };
  const context = parts.length === 0 ? ["html"] : [...parts];
  const given = { context, options };
  return page.evaluate(async ({ context, options }) => {
    // What axe.min.js defines.
    const { axe } = window as unknown as { axe: { run(on: string[], as: RunOptions): Promise<AxeResults> } };
    const { violations: found } = await axe.run(context, options);
    return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
  }, given);
}
