/** The home as a visitor meets it: the untrained network at work, training until it is solved, the past, own texts, failures. */
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Site, serveApp, withoutBrowser } from "./browser.ts";
import { violations } from "./violations.ts";

const pictures = fileURLToPath(new URL("output/", import.meta.url));
/** Letters that repeat only after a long while: those of i³ modulo a prime, which nobody knows by heart so soon. */
const noise = Array.from({ length: 1830 }, (_, i) => "abcdefg "[((i * i * i) % 1949) % 8]).join("");

describe.skipIf(withoutBrowser)("the Train lens in Chromium (skipped where Chromium is not installed)", () => {
  let site: Site;
  beforeAll(async () => {
    site = await serveApp();
  });
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
  });

  test("shows the untrained network at work, trains until hello is known, and goes back through the saved steps", async () => {
    const { page, complaints } = await site.open({ width: 1440, height: 900 });
    await expect.poll(() => textOf(page, ".greedy")).toHaveLength(4);
    await expect.poll(() => page.locator(".at-cursor li").count()).toBe(4);
    expect(await textOf(page, ".legend")).toMatch(/training 2\.\d\d/);
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(900);
    expect(await violations(page)).toEqual([]);

    await press(page, "One step");
    await expect.poll(() => textOf(page, "#step")).toBe("1");
    await page.getByRole("button", { name: "Train", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Solved: training stopped by itself").waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Train");
    expect(await textOf(page, ".verdict")).toContain("It can spell the whole text");
    const solvedAt = await textOf(page, "#step");
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: `${pictures}train-desktop.png` });

    const back = page.getByRole("slider", { name: "Back to step" });
    await back.fill("1");
    await expect.poll(() => textOf(page, "#step")).toBe("1");
    await expect.poll(() => textOf(page, ".verdict")).toBe("");
    await back.fill("100");
    await expect.poll(() => textOf(page, "#step")).toBe(solvedAt);
    await press(page, "Rewind");
    await expect.poll(() => textOf(page, "#step")).toBe("0");
    expect(await textOf(page, ".run-panel .seed span")).toBe("Seed 1");
    await press(page, "New seed");
    await expect.poll(() => textOf(page, ".run-panel .seed span")).toBe("Seed 2");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("New seed");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("learns a text of one's own, stops while nobody sees it, and speaks of prompts and texts in its own words", async () => {
    const { page, complaints } = await site.open({ colorScheme: "dark" });
    const field = page.getByRole("textbox", { name: "Text", exact: true });
    await expect.poll(() => textOf(page, "#position")).toBe("1 of 5");
    await field.fill("aaaa");
    await expect.poll(() => textOf(page, ".text-field .problem")).toContain("repeats one character");
    expect(await textOf(page, "#position")).toBe("1 of 5");
    await field.fill(noise);
    await expect.poll(() => textOf(page, "#position")).toBe("1 of 1,830");
    expect(await textOf(page, ".text-field .problem")).toBe("");
    await page.getByRole("textbox", { name: "Prompt" }).fill("zebra");
    await expect.poll(() => textOf(page, ".writing .problem")).toContain("The text has no “z”");
    await page.getByRole("textbox", { name: "Prompt" }).fill("bad cab");

    await page.getByRole("combobox", { name: "Speed" }).selectOption("full");
    await press(page, "Train");
    await expect.poll(() => textOf(page, ".legend")).toContain("held out");
    const drawnAt = async (temperature: string) => {
      await page.getByRole("slider", { name: "Temperature" }).fill(temperature);
      await page.getByText(`Drawn at temperature ${temperature}`).waitFor();
      return textOf(page, ".drawn");
    };
    await expect.poll(() => numberIn(page, "#step")).toBeGreaterThan(10);
    expect(new Set(await drawnAt("2.0")).size).toBeGreaterThan(5);

    await see(page, "hidden");
    await page.getByRole("button", { name: "Train", exact: true }).waitFor();
    const hiddenAt = await textOf(page, "#step");
    await page.waitForTimeout(1000);
    expect(await textOf(page, "#step")).toBe(hiddenAt);
    await see(page, "visible");
    await expect.poll(() => textOf(page, "#step")).not.toBe(hiddenAt);

    const cursor = page.getByRole("slider", { name: "Cursor" });
    await cursor.focus();
    await page.keyboard.press("End");
    await expect.poll(() => textOf(page, "#position")).toBe("1,830 of 1,830");
    await page.locator(".elements .held-out").first().click();
    await expect.poll(() => textOf(page, ".at-cursor h3")).toMatch(/^After “.”, really next: “.”$/u);
    await press(page, "Play through time");
    const position = await textOf(page, "#position");
    await expect.poll(() => textOf(page, "#position")).not.toBe(position);
    await press(page, "Pause");
    await page.screenshot({ path: `${pictures}train-dark.png` });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("opens texts that come with it, and files; a file that is no text changes nothing", async () => {
    const { page, complaints } = await site.open();
    const task = page.getByRole("combobox", { name: "Task" });
    for (const [choice, beginning] of [
      ["hamlet", "H"],
      ["c", "#"],
      ["latex", "\\"],
    ] as const) {
      await task.selectOption(choice);
      await expect.poll(() => page.locator(".element").first().textContent()).toBe(beginning);
    }
    expect(await textOf(page, ".run-panel > .hint:last-child")).toContain("held out");
    const file = page.locator("input[type=file]");
    await file.setInputFiles({ name: "song.txt", mimeType: "text/plain", buffer: Buffer.from("tra la la la") });
    await expect.poll(() => textOf(page, "#position")).toBe("1 of 12");
    expect(await task.inputValue()).toBe("own-text");
    await file.setInputFiles({ name: "picture.png", mimeType: "image/png", buffer: Buffer.from([137, 80, 78, 71, 0]) });
    await expect.poll(() => textOf(page, ".text-field .problem")).toContain("picture.png is not a text");
    expect(await textOf(page, "#position")).toBe("1 of 12");
    await task.selectOption("adding");
    await expect.poll(() => page.locator(".answers td").count()).toBe(60);
    await press(page, "One step");
    await expect.poll(() => textOf(page, "#step")).toBe("1");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("on a telephone the picture comes first and training stays in reach, however it is held", async () => {
    const { page, complaints } = await site.open({ width: 390, height: 844 });
    await page.locator(".element").first().waitFor();
    await press(page, "Train");
    for (const [width, height] of [
      [844, 390],
      [390, 844],
      [320, 640],
      [700, 360],
      [390, 844],
    ] as const) {
      await page.setViewportSize({ width, height });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      const box = await page.locator(".transport .buttons > button").first().boundingBox();
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(height);
      expect(box?.height).toBeGreaterThanOrEqual(44);
    }
    await page.getByText("Solved: training stopped by itself").waitFor();
    await press(page, "The run");
    await page.getByRole("combobox", { name: "Units" }).selectOption("8");
    await expect.poll(() => textOf(page, "#step")).toBe("0");
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("The run");
    await page.screenshot({ path: `${pictures}train-telephone.png` });
    expect(await page.locator(".failure").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("trains where WebAssembly may not be compiled, and says so", async () => {
    const { page } = await site.open({ policy: "script-src 'self'; worker-src 'self'" });
    await page.getByText("the portable backend computes").waitFor();
    await press(page, "Train");
    await page.getByText("Solved: training stopped by itself").waitFor();
    expect(await page.locator(".failure").count()).toBe(0);
    await page.close();
  });
});

function press(page: Page, name: string): Promise<void> {
  return page.getByRole("button", { name, exact: true }).click();
}

async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).textContent()) ?? "";
}

async function numberIn(page: Page, selector: string): Promise<number> {
  return Number((await textOf(page, selector)).replaceAll(",", ""));
}

/** As if the visitor had turned to another tab, or come back. */
function see(page: Page, state: "hidden" | "visible"): Promise<unknown> {
  return page.evaluate((visibility) => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => visibility });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}
