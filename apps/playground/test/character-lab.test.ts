/** The character lab as a visitor uses it, in a real browser. */
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Site, serveApp, withoutBrowser } from "./browser.ts";

const pictures = fileURLToPath(new URL("output/", import.meta.url));

const rhyme = "humpty dumpty sat on a wall, humpty dumpty had a great fall. ".repeat(8);

describe.skipIf(withoutBrowser)("the character lab in Chromium (skipped where Chromium is not installed)", () => {
  let site: Site;
  beforeAll(async () => {
    site = await serveApp();
  });
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
  });

  test("learns to say ello, and shows how", async () => {
    const { page, complaints } = await site.open();
    await press(page, "Train");
    await says(page, "#greedy", "ello");
    await expect.poll(() => textOf(page, ".verdict")).toContain("It can spell the whole text");
    expect(await textOf(page, "caption")).toBe("Given h-e-l-l, it should say e-l-l-o.");
    await expect.poll(() => numbers(page.locator("td.right").allTextContents())).toSatisfy(allAbove(90));

    expect(await colorsIn(page, ".loss canvas")).toBeGreaterThan(3);
    expect(await colorsIn(page, ".hidden-state canvas")).toBeGreaterThan(20);
    expect(await stepOf(page)).toBeGreaterThan(20);
    expect(await numberIn(page, "#speed")).toBeGreaterThan(0);
    expect(await numberIn(page, "#loss-now")).toBeLessThan(0.5);
    await page.locator(".hidden-state [role=application]").hover({ position: { x: 30, y: 30 } });
    expect(await textOf(page, ".hidden-state output")).toMatch(/^unit \d+ after “h” \(character 1\): [+−]0\.\d\d$/);
    await page.screenshot({ path: `${pictures}desktop-light.png`, fullPage: true });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("pauses, resumes and resets", async () => {
    const { page, complaints } = await site.open();
    await press(page, "Train");
    await expect.poll(() => stepOf(page)).toBeGreaterThan(10);
    await press(page, "Pause");
    await page.getByRole("button", { name: "Resume" }).waitFor();
    const paused = await stepOf(page);
    await page.waitForTimeout(500);
    expect(await stepOf(page)).toBe(paused);
    await press(page, "Resume");
    await expect.poll(() => stepOf(page)).toBeGreaterThan(paused);
    await press(page, "Reset");
    await expect.poll(() => textOf(page, "#step")).toBe("–");
    await page.getByLabel("GRU").check({ force: true });
    await page.getByLabel("Hidden units").selectOption("8");
    await press(page, "Train");
    await says(page, "#greedy", "ello");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("trains on the visitor's own text, and temperature makes it bolder", async () => {
    const { page, complaints } = await site.open({ colorScheme: "dark" });
    await page.getByLabel("Training text").fill(rhyme);
    await press(page, "Train");
    await expect.poll(() => numberIn(page, "#loss-now")).toBeLessThan(2.5);
    await press(page, "Pause");
    await page.getByRole("button", { name: "Resume" }).waitFor();
    const drawnAt = async (temperature: string, heading: string) => {
      await page.getByLabel("Temperature").fill(temperature);
      await page.getByRole("heading", { name: heading }).waitFor();
      return textOf(page, "#drawn");
    };
    const [timid, bold] = [
      await drawnAt("0.1", "Drawn at temperature 0.1"),
      await drawnAt("2", "Drawn at temperature 2.0"),
    ];
    expect(bold).toHaveLength(150);
    expect(new Set(bold).size).toBeGreaterThan(new Set(timid).size);
    await page.getByLabel("Prompt").fill("zebra");
    await expect.poll(() => textOf(page, "#prompt-problem")).toContain('characters without a token: "z"');
    await page.getByLabel("Prompt").fill("humpty");
    await expect.poll(() => textOf(page, "#prompt-problem")).toBe("");
    await page.screenshot({ path: `${pictures}desktop-dark.png`, fullPage: true });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("says what is wrong with a text that cannot be trained on", async () => {
    const { page, complaints } = await site.open();
    for (const [text, message] of [
      ["", "There is no text."],
      ["hi", "The text is too short."],
      ["aaaa", "The text repeats one character."],
    ] as const) {
      await page.getByLabel("Training text").fill(text);
      expect(await textOf(page, "#text-problem")).toContain(message);
      await press(page, "Train");
      expect(await textOf(page, "#step")).toBe("–");
      expect(await page.evaluate(() => document.activeElement?.id)).toBe("text");
    }
    await page.getByRole("button", { name: "peter piper" }).click();
    expect(await textOf(page, "#text-problem")).toBe("");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("shows it when the engine's worker does not load", async () => {
    const { page } = await site.open({ broken: /worker-/ });
    expect(await textOf(page, ".failure")).toContain("engine: the worker stopped");
    await press(page, "Dismiss");
    await expect.poll(() => page.locator(".failure").count()).toBe(0);
    await page.close();
  });

  test("names the views that are planned, and links only to what exists", async () => {
    const { page } = await site.open();
    expect(await page.locator("nav .view").count()).toBe(8);
    expect(await page.locator("nav .planned").count()).toBe(7);
    expect(await page.locator("nav a").count()).toBe(1);
    expect(await textOf(page, "nav a[aria-current=page]")).toContain("Character lab");
    await page.close();
  });

  test("fits a telephone and is operated by keyboard", async () => {
    const { page, complaints } = await site.open({ width: 390, height: 844 });
    await page.getByRole("button", { name: "Train" }).focus();
    await page.keyboard.press("Enter");
    await says(page, "#greedy", "ello");
    await expect.poll(() => stepOf(page)).toBeGreaterThan(150);
    await page.locator(".hidden-state [role=application]").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    expect(await textOf(page, ".hidden-state output")).toContain("unit 2 after “e” (character 2)");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.screenshot({ path: `${pictures}mobile.png`, fullPage: true });
    expect(complaints).toEqual([]);
    await page.close();
  });
});

function press(page: Page, name: string): Promise<void> {
  return page.getByRole("button", { name, exact: true }).click();
}

function says(page: Page, selector: string, text: string): Promise<void> {
  return expect.poll(() => page.locator(selector).allTextContents()).toEqual([text]);
}

async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).textContent()) ?? "";
}

async function numberIn(page: Page, selector: string): Promise<number> {
  return Number((await textOf(page, selector)).replaceAll(",", ""));
}

function stepOf(page: Page): Promise<number> {
  return numberIn(page, "#step");
}

async function numbers(texts: Promise<string[]>): Promise<number[]> {
  return (await texts).map((text) => Number.parseInt(text, 10));
}

function allAbove(least: number): (values: number[]) => boolean {
  return (values) => values.length > 0 && values.every((value) => value > least);
}

/** How many different opaque colours a canvas shows. */
function colorsIn(page: Page, selector: string): Promise<number> {
  return page.locator(selector).evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) throw new Error("not a canvas");
    const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    const colors = new Set<string>();
    for (let i = 0; i < pixels.length; i += 4)
      if (pixels[i + 3] === 255) colors.add(`${pixels[i]} ${pixels[i + 1]} ${pixels[i + 2]}`);
    return colors.size;
  });
}
