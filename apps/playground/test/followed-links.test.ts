/** What is pressed just before or after a link is followed is neither lost nor done to the run that was there before. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Site, serveApp, withoutBrowser } from "./browser.ts";

const stepOf = async (page: Page) => Number((await page.locator("#step").textContent())?.replaceAll(",", ""));
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const cell = (page: Page) => page.getByRole("combobox", { name: "Cell" });
const text = (page: Page) => page.getByRole("textbox", { name: "Text" });

describe.skipIf(withoutBrowser)("followed links in Chromium (skipped where Chromium is not installed)", () => {
  let site: Site;
  beforeAll(async () => {
    site = await serveApp();
  });
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
  });

  test.each(["pagehide", "a press of a lens"])(
    "a link is followed although %s comes before the browser's word of it",
    async (what) => {
      const { page, complaints } = await site.open({ at: "#lens=lessons" });
      await page
        .getByRole("link", { name: /^Start:/ })
        .first()
        .waitFor();
      await page.evaluate((leave) => {
        document.querySelector<HTMLElement>("main a")?.click();
        if (leave) dispatchEvent(new Event("pagehide"));
        else document.querySelector<HTMLElement>(".lens-link:not([aria-current])")?.click();
      }, what === "pagehide");
      await page.locator(".lesson").getByText("Step 1 of").waitFor();
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );

  test.each([
    {
      what: "Train",
      ask: (page: Page) => press(page, "Train"),
      comes: async (page: Page) => (await stepOf(page)) > 1,
    },
    {
      what: "One step",
      ask: (page: Page) => press(page, "One step"),
      comes: async (page: Page) => (await stepOf(page)) === 1,
    },
    {
      what: "Train, One step and Rewind",
      ask: async (page: Page) => {
        for (const name of ["One step", "Rewind", "Train"]) await press(page, name);
      },
      comes: async (page: Page) => (await stepOf(page)) > 1,
    },
    {
      what: "another cell",
      ask: (page: Page) => cell(page).selectOption("RNN"),
      comes: async (page: Page) => (await cell(page).inputValue()) === "RNN",
    },
    {
      what: "another learning rate",
      ask: (page: Page) => page.getByRole("combobox", { name: "Learning rate" }).selectOption("0.1"),
      comes: async (page: Page) => page.url().includes("rate=0.1&"),
    },
  ])("$what, asked while a link is read, is done to the link's run", async ({ ask, comes }) => {
    const arrived = Promise.withResolvers<void>();
    const { page, complaints } = await site.open({ held: { addresses: /\/lessons-/, until: arrived.promise } });
    await press(page, "One step");
    await expect.poll(() => stepOf(page)).toBe(1);
    await page.evaluate(() => {
      location.hash = "lesson=temperature.1";
    });
    await page.locator("main[aria-busy=true]").waitFor();
    await ask(page);
    arrived.resolve();
    await expect.poll(() => text(page).inputValue()).toContain("How doth the little crocodile");
    await page.locator("main[aria-busy=false]").waitFor();
    await expect.poll(() => comes(page)).toBe(true);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
