/** Health and Compare as a visitor meets them: a diagnosis, the gradient check, a NaN; three cells that add, pinned runs. */
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decompress } from "../src/link/compress.ts";
import { type Site, serveApp, withoutBrowser } from "./browser.ts";
import { violations } from "./violations.ts";

const pictures = fileURLToPath(new URL("output/", import.meta.url));

describe.skipIf(withoutBrowser)("Health and Compare in Chromium (skipped where Chromium is not installed)", () => {
  let site: Site;
  beforeAll(async () => {
    site = await serveApp();
  });
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
  });

  test("Health: a rate that is too high is found and lowered, gradients are checked, a NaN is traced to its op", async () => {
    const { page, complaints } = await site.open({ width: 1440, height: 900, at: "#lens=health&rate=5" });
    await page.getByRole("button", { name: "One step" }).click();
    await page
      .getByRole("button", { name: /^Lower the learning rate to 2$/ })
      .first()
      .click();
    expect(await focused(page)).toBe("LI");
    expect(await violations(page)).toEqual([]);

    // The check comes by itself, as the run rests.
    const checked = /^gradients checked: worst error \d+e-\d+$/;
    await press(page, checked);
    await page.getByText("agree; the worst relative error is").waitFor();
    expect(await page.locator(".gradient-check tbody tr").count()).toBe(7);
    await page.getByRole("switch").press("Space");
    await page.getByText("5 of 7 disagree").waitFor();
    expect(await page.locator(".gradient-check tr.wrong").count()).toBe(5);
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: `${pictures}gradient-check.png` });
    await page.getByRole("switch").press("Space");
    await page.getByRole("button", { name: checked }).waitFor();
    await page.keyboard.press("Escape");

    await press(page, "Provoke a NaN");
    await page.getByText("The next step computes a NaN or an infinity").waitFor();
    await press(page, "Run one step under detectAnomaly");
    await page.getByText(/matmul is the first op that goes wrong: it made -?Infinity/).waitFor();
    expect(await focused(page)).toBe("BUTTON");
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("Compare: one button trains three cells, of which two learn to add; runs are pinned beside each other", async () => {
    const { page, complaints } = await site.open({
      width: 1440,
      height: 900,
      colorScheme: "dark",
      at: "#lens=compare",
    });
    await press(page, "Train all three");
    await page
      .getByText(/RNN is at 0\.\d+ after [\d,]+, no better than always 1 .*; LSTM solved it .*; GRU solved it/)
      .first()
      .waitFor();
    await page.getByRole("button", { name: "Train all three" }).waitFor();
    expect(page.workers()).toHaveLength(4);
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: `${pictures}compare.png` });

    const time = page.getByRole("slider", { name: "Time of all" });
    await time.fill("30");
    await page.getByText("Time of all: 31 of 1,280").waitFor();

    for (const runs of [1, 2, 3]) {
      await press(page, /^Pin your run/);
      await expect.poll(() => page.locator(".compared").count()).toBe(runs);
      await page.getByRole("button", { name: "One step" }).click();
    }
    await expect.poll(() => page.workers().length).toBe(4);
    await page.getByText("step 2").first().waitFor();
    await page.getByRole("button", { name: "Three are pinned" }).waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(complaints).toEqual([]);
    const standings = await page.locator(".standing").allTextContents();
    const steps = standings.map((standing) => /step (\d+)/.exec(standing)?.[1]);
    await expect.poll(() => linkedSteps(page)).toEqual(steps);
    const { hash } = new URL(page.url());
    await page.close();

    // Who opens the link sees the same three, at the same steps.
    const { page: other, complaints: otherComplaints } = await site.open({ width: 390, height: 844, at: hash });
    await expect.poll(() => other.locator(".standing").allTextContents()).toEqual(standings);
    expect(await violations(other)).toEqual([]);
    for (const left of [2, 1]) {
      await other
        .getByRole("button", { name: /^Unpin/ })
        .first()
        .focus();
      await other.keyboard.press("Enter");
      await expect.poll(() => other.locator(".compared").count()).toBe(left);
      await expect.poll(() => other.workers().length).toBe(left + 1);
      expect(await focused(other)).toBe("BUTTON");
    }
    await other.getByRole("button", { name: /^Unpin/ }).press("Enter");
    // The standard comparison is back.
    await other.getByRole("button", { name: "Train all three" }).waitFor();
    await expect.poll(() => other.workers().length).toBe(4);
    await expect.poll(() => linkedSteps(other)).toBeUndefined();
    expect(otherComplaints).toEqual([]);
    await other.close();
  });
});

/** The steps of the pinned runs, by the address. */
async function linkedSteps(page: Page): Promise<(string | null)[] | undefined> {
  const packed = new URLSearchParams(new URL(page.url()).hash.slice(1)).get("compare.pins");
  if (packed === null) return undefined;
  const links: string[] = JSON.parse((await decompress(packed)) ?? "[]");
  return links.map((link) => new URLSearchParams(link).get("step"));
}

async function press(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole("button", { name }).first().click();
}

function focused(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.tagName);
}
