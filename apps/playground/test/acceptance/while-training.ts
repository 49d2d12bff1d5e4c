/** What a visitor feels of training: waits, the rate that is shown, and that it stops when it should. */
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import type { Site } from "../site.ts";
import { addressOf } from "./long-run.ts";
import { openLens, untilFirstView } from "./page.ts";
import { medianOf, openTimed, timed, until } from "./waiting.ts";
import { train, trainButton } from "./walk.ts";

const presses = 9;
/** Of each place that is given keys: more than fifty together, of which the second worst is the 98th percentile. */
const pressesEach = 16;

/** Milliseconds from the first press of Train to the first step that is seen: the median of three visits. */
export async function trainToChange(site: Site): Promise<number> {
  const waits: number[] = [];
  for (let visit = 0; visit < 3; visit++) {
    const { page } = await openTimed(site, { at: await addressOf(16) });
    await untilFirstView(page);
    waits.push(await timed(page, "a step was shown", { selector: "#step" }, () => trainButton(page).click()));
    await page.context().close();
  }
  return medianOf(waits);
}

/** Median milliseconds from a press of Pause to the button that says Train again. */
export async function pause(site: Site): Promise<number> {
  await using training = await startTraining(site, 64);
  const { page } = training;
  const waits: number[] = [];
  for (let press = 0; press < presses; press++) {
    waits.push(await timed(page, "it paused", { selector: ".transport button" }, () => trainButton(page).click()));
    await trainButton(page).click();
    await untilItSteps(page);
  }
  return medianOf(waits);
}

/** Median milliseconds from a move of the temperature's slider to the sample at that temperature. */
export async function sliderToSample(site: Site, hidden: number): Promise<number> {
  await using training = await startTraining(site, hidden);
  const { page } = training;
  await page.getByRole("slider", { name: "Temperature" }).focus();
  const waits: number[] = [];
  for (let press = 0; press < presses; press++) {
    const [key, temperature] = press % 2 === 0 ? ["ArrowRight", 0.9] : ["ArrowLeft", 0.8];
    const wait = { selector: ".drawn", answerTo: `"temperature":${temperature}}` };
    waits.push(await timed(page, `a sample at ${temperature} was shown`, wait, () => page.keyboard.press(key)));
  }
  return medianOf(waits);
}

/** Steps a second as shown, through those counted over two seconds: the median of five. */
export async function shownThroughReal(site: Site): Promise<number> {
  await using training = await startTraining(site, 16);
  const { page } = training;
  // The rate that is shown is that of the last two seconds.
  await page.waitForTimeout(2500);
  const ratios: number[] = [];
  for (let time = 0; time < 5; time++) {
    const begin = await atNextStep(page);
    await page.waitForTimeout(2000);
    const end = await atNextStep(page);
    ratios.push(end.rate / (((end.step - begin.step) / (end.time - begin.time)) * 1000));
  }
  return medianOf(ratios);
}

/** When the next step is shown: the page's time, the step and the rate. */
async function atNextStep(page: Page) {
  await page.evaluate(() => window.clock?.start({ selector: "#step" }));
  await page.evaluate(() => dispatchEvent(new Event("change")));
  await until(page, "another step was shown", () => window.clock?.took !== undefined);
  return page.evaluate(() => {
    const numberIn = (selector: string) => Number(document.querySelector(selector)?.textContent?.replaceAll(",", ""));
    return { time: performance.now(), step: numberIn("#step"), rate: numberIn("#steps-per-second") };
  });
}

/** The 98th percentile of the milliseconds from keys and clicks to the next frame, on a processor that is four times slower. */
export async function interactions(site: Site): Promise<number> {
  const library = await readFile(new URL("web-vitals.iife.js", import.meta.resolve("web-vitals")), "utf8");
  const { page } = await site.open({ at: await addressOf(64), before: `${library};(${watchInteractions})()` });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await untilFirstView(page);
  await train(page, "full");
  await untilItSteps(page);
  // No waits for elements to rest: while it trains, they are drawn again and again.
  for (const selector of ["input[type=range]", ".elements", ".drawn-title button", ".transport select"]) {
    await page.evaluate((selector) => document.querySelector<HTMLElement>(selector)?.focus(), `.frame ${selector}`);
    for (let press = 0; press < pressesEach; press++) {
      await page.keyboard.press(selector.endsWith("button") ? "Enter" : press % 2 === 0 ? "ArrowRight" : "ArrowLeft");
      await page.waitForTimeout(50);
    }
  }
  await until(page, "an interaction was heard of", () => window.worstInteractions !== undefined);
  const worst = await page.evaluate(() => window.worstInteractions);
  await page.context().close();
  return worst ?? Number.NaN;
}

declare global {
  interface Window {
    worstInteractions?: number;
  }
  const webVitals: typeof import("web-vitals");
}

function watchInteractions(): void {
  const options = { reportAllChanges: true, durationThreshold: 16 };
  webVitals.onINP(({ value }) => {
    window.worstInteractions = value;
  }, options);
}

/** What a visitor has looked at before, in milliseconds: nobody opens another lens at once. */
const look = 3000;

/** Milliseconds from opening the lens some seconds after the page to the map, 64 steps of 64 units; and from a move of the cursor to another: the median. */
export async function influenceMaps(site: Site): Promise<{ readonly first: number; readonly repeated: number }> {
  const { page } = await openTimed(site, { at: await addressOf(64) });
  await untilFirstView(page);
  await page.waitForTimeout(look);
  const map = { selector: ".influence-time" };
  const first = await timed(page, "a map was shown", map, () => openLens(page, "Influence"));
  await page.getByRole("slider", { name: "Cursor", exact: true }).focus();
  const waits: number[] = [];
  for (let press = 1; press <= presses; press++) {
    const wait = { ...map, answerTo: `"position":${100 + press},"untrained":false` };
    waits.push(await timed(page, "another map was shown", wait, () => page.keyboard.press("ArrowRight")));
  }
  await page.context().close();
  return { first, repeated: medianOf(waits) };
}

/** Steps in the second after training has stopped because nobody sees the page. */
export async function stepsWhileHidden(site: Site): Promise<number> {
  await using training = await startTraining(site, 16);
  const { page } = training;
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  return await stepsAfterStop(page);
}

/** Steps in the second after training has stopped because there is nothing left to learn. */
export async function stepsAfterSolved(site: Site): Promise<number> {
  const { page } = await site.open();
  await untilFirstView(page);
  await train(page, "full");
  await until(page, "hello was solved", () => /Solved/.test(document.querySelector(".status")?.textContent ?? ""));
  const steps = await stepsAfterStop(page);
  await page.context().close();
  return steps;
}

/** One step that is asked for tells where the engine is, whatever the page has heard of. */
async function stepsAfterStop(page: Page): Promise<number> {
  await until(page, "training stopped", () => document.querySelector(".transport button")?.textContent === "Train");
  const step = async () => Number((await page.locator("#step").textContent())?.replaceAll(",", ""));
  const stopped = await step();
  await page.waitForTimeout(1000);
  await page.getByRole("button", { name: "One step" }).click();
  const shown = stopped.toLocaleString("en");
  await page
    .locator("#step")
    .filter({ hasNotText: new RegExp(`^${shown}$`) })
    .waitFor({ timeout: 30_000 });
  return (await step()) - stopped - 1;
}

interface Training extends AsyncDisposable {
  readonly page: Page;
}

/** A run at full speed that no longer compiles. */
async function startTraining(site: Site, hidden: number): Promise<Training> {
  const { page } = await openTimed(site, { at: await addressOf(hidden) });
  await untilFirstView(page);
  await train(page, "full");
  await untilItSteps(page);
  await page.waitForTimeout(1000);
  return {
    page,
    async [Symbol.asyncDispose]() {
      await page.context().close();
    },
  };
}

function untilItSteps(page: Page): Promise<void> {
  return until(
    page,
    "it stepped",
    () => !["–", undefined].includes(document.querySelector("#steps-per-second")?.textContent),
  );
}
