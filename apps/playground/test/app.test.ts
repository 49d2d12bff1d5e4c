/** The page as a visitor meets it, in a real browser. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Site, serveApp, withoutBrowser } from "./browser.ts";

describe.skipIf(withoutBrowser)("the playground in Chromium (skipped where Chromium is not installed)", () => {
  let site: Site;
  beforeAll(async () => {
    site = await serveApp();
  });
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
  });

  test("learns to say ello", async () => {
    const { page, complaints } = await site.open();
    await page.getByRole("combobox", { name: "Speed" }).selectOption("full");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await expect.poll(() => page.locator(".written .greedy").textContent()).toMatch(/^ello/);
    // The text is known by heart, and training stops by itself.
    await page.getByRole("button", { name: "Train", exact: true }).waitFor();
    await page.screenshot({ path: "apps/playground/test/output/train.png" });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a press of Train before the engine has arrived counts", async () => {
    const { promise: until, resolve: release } = Promise.withResolvers<void>();
    const { page } = await site.open({ held: { addresses: /worker-/, until } });
    await page.getByRole("button", { name: "Train", exact: true }).click();
    release();
    await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
    await page.close();
  });

  test("shows it when the engine's worker does not load", async () => {
    const { page } = await site.open({ broken: /worker-/ });
    await expect.poll(() => page.locator(".failure").textContent()).toContain("engine: the worker stopped");
    await page.getByRole("button", { name: "Dismiss" }).click();
    await expect.poll(() => page.locator(".failure").count()).toBe(0);
    await page.close();
  });
});
