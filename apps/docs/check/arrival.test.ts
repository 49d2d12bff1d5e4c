/** How soon a reader sees the start page, and how much a reader has to load for it. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openSite, type Site } from "./site.ts";

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
  const { page } = await site.open("index.html");
  const scripts: { url: string; bytes: number }[] = [];
  page.on("response", async (response) => {
    if (response.url().endsWith(".js"))
      scripts.push({ url: response.url(), bytes: gzipSync(await response.body()).length });
  });
  await page.goto(page.url().replace("index.html", "start/hello.html"), { waitUntil: "networkidle" });
  const total = scripts.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`the start page loads ${scripts.length} scripts, ${(total / 1000).toFixed(1)} kB compressed`);
  expect(scripts.length).toBeGreaterThan(0);
  expect(total).toBeLessThanOrEqual(mostScript);
  expect(scripts.filter(({ url }) => url.includes("/live/") || url.includes("editor"))).toEqual([]);
  await page.close();
});
