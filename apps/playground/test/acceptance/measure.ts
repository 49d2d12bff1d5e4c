/** Measures the first view and training on an idle machine, beside their limits: `pnpm --filter @tapegrad/playground measure`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { buildApp, type Site, serveFolder } from "../site.ts";
import { untilFirstView } from "./page.ts";
import { measureSizes } from "./sizes.ts";
import { trainButton } from "./walk.ts";

const folder = await mkdtemp(join(tmpdir(), "playground-"));
await buildApp(folder);
{
  await using site = await serveFolder(folder);
  for (const { part, limit, sizes } of await measureSizes(site))
    row(`${part}: bytes, Brotli (gzip ${sizes.gzip})`, sizes.brotli, limit);
  row("first contentful paint: ms", await firstPaint(site), 1000);
  const slow = { offline: false, latency: 0, downloadThroughput: 200_000, uploadThroughput: 200_000 };
  const throttle = async (page: Page) => {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    await devtools.send("Network.enable");
    await devtools.send("Network.emulateNetworkConditions", slow);
  };
  row("first contentful paint, 4× slower, 1.6 Mbit/s: ms", await firstPaint(site, throttle), 2000);
  await training(site);
}
await rm(folder, { recursive: true });

function row(measure: string, value: number, limit: number): void {
  const verdict = value <= limit ? "" : "  TOO MUCH";
  console.log(`${measure.padEnd(60)} ${value.toFixed(2).padStart(10)}  at most ${limit}${verdict}`);
}

async function firstPaint(site: Site, prepare?: (page: Page) => Promise<void>): Promise<number> {
  const { page } = await site.open(prepare === undefined ? {} : { prepare });
  await untilFirstView(page);
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  if (prepare === undefined) row("layout shift", await layoutShift(page), 0.02);
  await page.context().close();
  if (paint === undefined) throw new Error("nothing was painted");
  return paint;
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

/** From a press to what it changes, in the page's own time. */
async function training(site: Site): Promise<void> {
  const { page } = await site.open({ at: "#units=64" });
  await untilFirstView(page);
  const until = (selector: string, from: string, press: () => Promise<void>) => timed(page, selector, from, press);
  row("Train → first visible change: ms", await until("#step", "0", () => trainButton(page).click()), 300);
  await page.getByRole("combobox", { name: "Speed" }).selectOption("full");
  row("pause, 64 units: ms", await until(".transport button", "Pause", () => trainButton(page).click()), 100);
  await page.context().close();
}

/** Milliseconds until the text of `selector` is no longer `from`, after the next press. */
async function timed(page: Page, selector: string, from: string, press: () => Promise<void>): Promise<number> {
  const change = page.evaluate(
    ([selector, from]) =>
      new Promise<number>((resolve) => {
        let pressed = 0;
        addEventListener(
          "click",
          ({ timeStamp }) => {
            pressed = timeStamp;
          },
          { capture: true, once: true },
        );
        const look = () => {
          const changed = document.querySelector(selector ?? "")?.textContent !== from;
          if (changed && pressed > 0) resolve(performance.now() - pressed);
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }),
    [selector, from],
  );
  await press();
  return change;
}
