/** How soon a reader sees the start page, and how much a reader has to load for it. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { base, dist, openSite, type Site } from "./site.ts";

/** Milliseconds, in the median of `rounds` first visits. */
const mostMilliseconds = 1000;
const rounds = 7;
/** Bytes of JavaScript, compressed, that the start page loads. */
const mostScript = 120_000;

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

it("the start page's first contentful paint takes at most a second", async () => {
  const paints: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { page } = await site.open("start/");
    const paint = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          new PerformanceObserver((list) => {
            for (const { name, startTime } of list.getEntries())
              if (name === "first-contentful-paint") resolve(startTime);
          }).observe({ type: "paint", buffered: true });
        }),
    );
    paints.push(paint);
    await page.close();
  }
  const median = paints.toSorted((a, b) => a - b)[Math.floor(rounds / 2)];
  console.log(
    `first contentful paint of the start page: ${median?.toFixed(0)} ms, of ${paints.map((one) => one.toFixed(0))}`,
  );
  expect(median).toBeLessThanOrEqual(mostMilliseconds);
});

it("the start page needs little JavaScript, and no library until an example runs", async () => {
  const { page } = await site.open("start/hello.html");
  await page.waitForLoadState("networkidle");
  const html = readFileSync(`${dist}start/hello.html`, "utf8");
  // What the theme fetches besides, when nothing else is to be done, are pages that this one links to.
  const scripts = new Set(Array.from(html.matchAll(/"([^"]+\.js)"/g), ([, address = ""]) => address));
  const sizes = Array.from(scripts, (address) => gzipSync(readFileSync(`${dist}${address.slice(base.length)}`)).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`the start page needs ${sizes.length} scripts, ${(total / 1000).toFixed(1)} kB compressed`);
  expect(sizes.length).toBeGreaterThan(2);
  expect(total).toBeLessThanOrEqual(mostScript);
  const loaded: string[] = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  expect(loaded.length).toBeGreaterThan(2);
  expect(loaded.filter((address) => /\/live\/|editor/.test(address))).toEqual([]);
  await page.close();
});
