/** axe finds nothing on any kind of page, in either scheme, on a desktop and on a telephone, and no page is wider than its window. */
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dist, openSite, type Site } from "./site.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A page of each kind; of a folder the one with the most text. */
const kinds: Readonly<Record<string, string>> = {
  home: "index.html",
  start: "start/hello.html",
  learn: "learn/*.html",
  guide: "guides/*.html",
  "coming from": "coming-from/*.html",
  "how it works": "how-it-works/*.html",
  project: "project/benchmarks.html",
  decision: "project/decisions/*.html",
  packages: "reference/index.html",
  package: "reference/nn/index.html",
  class: "reference/nn/classes/LSTM.html",
  function: "reference/autodiff/functions/grad.html",
  "not found": "404.html",
};
const paths = Object.entries(kinds).flatMap(([kind, pattern]) => {
  const files = globSync(pattern, { cwd: dist }).toSorted((a, b) => length(b) - length(a));
  return files.slice(0, 1).map((path): [string, string] => [kind, path]);
});

function length(path: string): number {
  return readFileSync(`${dist}${path}`).length;
}

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

describe.each([
  ["light", 1280],
  ["dark", 390],
] as const)("in the %s scheme, %d pixels wide", (colorScheme, width) => {
  it.concurrent.each(paths)("%s: %s", async (_, path) => {
    const { page, complaints } = await site.open(path, { colorScheme, width });
    await page.evaluate(axe);
    const found: string[] = await page.evaluate(async () => {
      const { axe: engine } = window as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } }; // What axe.min.js defines.
      const { violations } = await engine.run({ resultTypes: ["violations"] });
      return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`));
    });
    expect(found).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
