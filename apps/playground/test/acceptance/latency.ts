/** How long a visitor waits while the network trains: from what they do to what they see, in the page's own time. */
import type { Page } from "playwright-core";
import { defaultSettings } from "../../src/engine/settings.ts";
import { writeRun } from "../../src/link/run-link.ts";
import type { Site } from "../site.ts";
import { openLens, untilFirstView } from "./page.ts";
import { train, trainButton } from "./walk.ts";

/** Long enough to be held out from, and to take a while to learn. */
const text = Array.from(
  { length: 400 },
  (_, i) => `${i} times ${(i * 7919) % 1000} is ${((i * 7919) % 1000) * i}`,
).join("\n");
const presses = 9;

/** The address of a run on a text, with so many units. */
export async function addressOf(hidden: number): Promise<string> {
  const settings = { ...defaultSettings, hidden, task: { kind: "text", text } } as const;
  return `#${new URLSearchParams(await writeRun({ settings, step: 0, cursor: 100, unit: [0, 0] }))}`;
}

/** Median milliseconds from a move of the temperature's slider to another sample, at full speed. */
export async function sliderToSample(site: Site, hidden: number): Promise<number> {
  const { page } = await site.open({ at: await addressOf(hidden) });
  await untilFirstView(page);
  await train(page, "full");
  await page.waitForTimeout(2000);
  const slider = page.getByRole("slider", { name: /Temperature/ });
  await slider.focus();
  const waits: number[] = [];
  for (let press = 0; press < presses; press++) {
    const wait = untilChange(page, ".drawn", "input");
    await page.keyboard.press(press % 2 === 0 ? "ArrowRight" : "ArrowLeft");
    waits.push(await wait);
    await page.waitForTimeout(300);
  }
  await page.context().close();
  return medianOf(waits);
}

/** Median milliseconds from a step of the cursor to the new influence map, 64 units, up to 64 steps back; the first is left out. */
export async function influenceMap(site: Site): Promise<number> {
  const { page } = await site.open({ at: await addressOf(64) });
  await untilFirstView(page);
  await openLens(page, "Influence");
  await page.locator(".influence").waitFor();
  await page.locator(".strip [role=slider], [role=slider].strip").first().focus();
  const waits: number[] = [];
  for (let press = 0; press <= presses; press++) {
    const wait = untilChange(page, ".influence", "keydown");
    await page.keyboard.press("ArrowRight");
    waits.push(await wait);
    await page.waitForTimeout(300);
  }
  await page.context().close();
  return medianOf(waits.slice(1));
}

/** The 98th percentile of the delay before a key press is handled, while it trains on a processor that is four times slower. */
export async function inputDelay(site: Site): Promise<number> {
  const { page } = await site.open({ at: await addressOf(64) });
  await untilFirstView(page);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await train(page, "full");
  await page.evaluate(() => {
    const delays: number[] = [];
    Object.assign(window, { delays });
    addEventListener("keydown", ({ timeStamp }) => delays.push(performance.now() - timeStamp), { capture: true });
  });
  await page.locator("main").click({ position: { x: 5, y: 5 } });
  for (let press = 0; press < 100; press++) {
    await page.keyboard.press("Shift");
    await page.waitForTimeout(30);
  }
  const delays = await page.evaluate(() => ("delays" in window && Array.isArray(window.delays) ? window.delays : []));
  await page.context().close();
  return delays.map(Number).toSorted((a, b) => a - b)[Math.floor(0.98 * delays.length)] ?? Number.NaN;
}

/** Megabytes that the page's heap grows by while it trains for some minutes, after a first half minute, garbage collected. */
export async function heapGrowth(site: Site, minutes: number): Promise<number> {
  const { page } = await site.open({ at: await addressOf(16) });
  await untilFirstView(page);
  await train(page, "full");
  const devtools = await page.context().newCDPSession(page);
  const used = async () => {
    await devtools.send("HeapProfiler.collectGarbage");
    return (await devtools.send("Runtime.getHeapUsage")).usedSize / 1e6;
  };
  await page.waitForTimeout(30_000);
  const before = await used();
  await page.waitForTimeout(minutes * 60_000);
  const growth = (await used()) - before;
  if ((await trainButton(page).textContent()) !== "Pause") throw new Error("it stopped training");
  await page.context().close();
  return growth;
}

/** Milliseconds from the next event of a kind to the next change of what `selector` shows. */
function untilChange(page: Page, selector: string, kind: string): Promise<number> {
  return page.evaluate(
    ([selector = "", kind = ""]) =>
      new Promise<number>((resolve) => {
        const shown = document.querySelector(selector);
        if (shown === null) throw new Error(`there is no ${selector}`);
        addEventListener(
          kind,
          ({ timeStamp }) => {
            const watch = new MutationObserver(() => {
              watch.disconnect();
              resolve(performance.now() - timeStamp);
            });
            watch.observe(shown, { childList: true, characterData: true, attributes: true, subtree: true });
          },
          { capture: true, once: true },
        );
      }),
    [selector, kind],
  );
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
