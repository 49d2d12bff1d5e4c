/** What a visitor sees first, and when. */
import type { Page } from "playwright-core";
import type { Site } from "../site.ts";
import { untilFirstView } from "./page.ts";

export interface FirstView {
  /** Milliseconds to the first contentful paint. */
  readonly paint: number;
  /** What moved by itself, as the browser counts it. */
  readonly shift: number;
  /** Panels that show neither words nor a picture under their heading. */
  readonly empty: number;
}

export async function firstView(site: Site, prepare?: (page: Page) => Promise<void>): Promise<FirstView> {
  const { page } = await site.open(prepare === undefined ? {} : { prepare });
  await untilFirstView(page);
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  if (paint === undefined) throw new Error("nothing was painted");
  const empty = await page.locator("main .panel").evaluateAll(
    (panels) =>
      panels.filter((panel) => {
        const parts = [...panel.children].filter((part) => !part.matches("h2, h3, .about"));
        return !parts.some((part) => part.textContent !== "" || part.querySelector("svg, canvas") !== null);
      }).length,
  );
  const shift = await layoutShift(page);
  await page.context().close();
  return { paint, shift, empty };
}

/** A processor that is four times slower, and 1.6 Mbit/s. */
export async function throttle(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await devtools.send("Network.enable");
  const throughput = { downloadThroughput: 200_000, uploadThroughput: 200_000 };
  await devtools.send("Network.emulateNetworkConditions", { offline: false, latency: 0, ...throughput });
}

function layoutShift(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let total = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if ("value" in entry) total += Number(entry.value);
        }).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => resolve(total), 500);
      }),
  );
}
