/** What axe objects to on a page, or in parts of one. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";

/**
 * Of any impact, as `rule: element`. What passes is not described, and is not carried to another page for a report: that takes
 * six times as long as the rules do. The mode is for pages without frames of other origins that visitors use; ours have none.
 */
export async function violations(page: Page, ...parts: readonly string[]): Promise<string[]> {
  const builder = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ["violations"] });
  for (const part of parts) builder.include(part);
  const { violations: found } = await builder.analyze();
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}
