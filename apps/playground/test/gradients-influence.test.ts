/** The lenses that look back in time, in a real browser: their numbers, keys, walls and links. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Site, serveApp, withoutBrowser } from "./browser.ts";
import { violations } from "./violations.ts";

const linked = (page: Page, name: string) =>
  page.evaluate((of) => new URLSearchParams(location.hash.slice(1)).get(of), name);

const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));

describe.skipIf(withoutBrowser)("looking back in time in Chromium (skipped where Chromium is not installed)", () => {
  let site: Site;
  beforeAll(async () => {
    site = await serveApp();
  });
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
  });

  test("the scalar example vanishes, explodes, and follows its sliders", async () => {
    const { page, complaints } = await site.open({ at: "#lens=gradients" });
    const examples = page.locator(".scalar-examples button");
    await expect
      .poll(() => examples.allTextContents())
      .toEqual(["x = −0.5: ∂h₃/∂h₀ = 27", "x = 0: ∂h₃/∂h₀ = 8.65e-5", "x = 1: ∂h₃/∂h₀ = 1.66e-10"]);
    await examples.first().click();
    const caption = page.locator(".product-picture figcaption");
    await expect.poll(() => caption.textContent()).toContain("∂h₃/∂h₀ = 27");
    await page.getByRole("slider", { name: "Steps T" }).press("ArrowRight");
    await expect.poll(() => caption.textContent()).toContain("∂h₄/∂h₀ = 81");
    await page.getByRole("slider", { name: "Weight W" }).press("Home");
    await expect.poll(() => caption.textContent()).toContain("∂h₄/∂h₀ = 256");
    await expect.poll(() => linked(page, "gradients.W")).toBe("-4");
    await expect.poll(() => page.locator("aside.explanation").textContent()).toContain("explodes");
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: "apps/playground/test/output/gradients-scalar.png" });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("the network's gradient stands between walls that are dragged", async () => {
    const { page, complaints } = await site.open({ at: "#lens=gradients&gradients.part=live&layers=2" });
    const keys = page.locator(".line-keys");
    await expect
      .poll(() => keys.textContent())
      .toMatch(/LSTM, h \(16 units\).*LSTM, c.*RNN \(\d+ units\).*GRU \(\d+ units\)/);
    await page.getByRole("button", { name: "One step" }).click();
    await expect.poll(() => keys.textContent()).not.toContain("at step");

    const window = page.getByRole("slider", { name: "Truncation window" });
    await window.press("End");
    await expect.poll(() => window.getAttribute("aria-valuetext")).toBe("window: 1 step");
    await expect.poll(() => linked(page, "window")).toBe("1");
    await expect.poll(() => page.locator("#step").textContent()).toBe("1");
    expect(await focused(page)).toBe("Truncation window");

    const clip = page.getByRole("slider", { name: "Clipping" });
    await clip.press("Home");
    await expect.poll(() => clip.getAttribute("aria-valuetext")).toBe("clip at 0.001");
    await expect.poll(() => linked(page, "clip")).toBe("0.001");
    await expect.poll(() => page.locator(".flow-line .ghost").count()).toBe(4);

    const reader = page.getByRole("slider", { name: "Step to read" });
    await reader.press("End");
    const inLayer = async () => (await page.locator(".reading").textContent()) ?? "";
    await expect.poll(inLayer).toMatch(/^At the prediction, after “l”: LSTM, h .*; RNN .*; GRU .*\.$/);
    const first = await inLayer();
    await page.getByRole("combobox", { name: "Layer", exact: true }).selectOption("layer 2");
    await expect.poll(inLayer).not.toBe(first);
    await expect.poll(() => linked(page, "gradients.layer")).toBe("1");

    const box = await window.locator(".handle").boundingBox();
    const picture = await page.locator(".flow-picture > svg").boundingBox();
    if (box === null || picture === null) throw new Error("there is no wall");
    await page.mouse.move(box.x + box.width / 2, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(picture.x, box.y + 20, { steps: 4 });
    await expect.poll(() => window.getAttribute("aria-valuetext")).toBe("window: 4 steps");
    await page.mouse.up();
    await expect.poll(() => linked(page, "window")).toBe("4");
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: "apps/playground/test/output/gradients-live.png" });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a character that moved the prediction is clicked, and another prediction is asked about", async () => {
    const { page, complaints } = await site.open({ at: "#lens=influence" });
    const strongest = page.locator(".influence-strongest li");
    await expect.poll(() => strongest.count()).toBe(4);
    await expect.poll(() => strongest.first().textContent()).toMatch(/^“.”, .* now, .* before training\.$/);
    await page.locator(".influence-picture .element").nth(1).click();
    await expect.poll(() => strongest.count()).toBe(2);
    await expect.poll(() => linked(page, "cursor")).toBe("1");
    await page.getByRole("slider", { name: /coloured by its influence/ }).press("ArrowRight");
    await expect.poll(() => strongest.count()).toBe(3);
    await page.getByRole("combobox", { name: "Prediction to explain" }).selectOption("o");
    await expect.poll(() => page.locator("aside.explanation").textContent()).toContain("The score of “o”");
    await page.getByRole("combobox", { name: "What the bars show" }).selectOption("signed");
    await expect.poll(() => linked(page, "influence.measure")).toBe("signed");
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: "apps/playground/test/output/influence.png" });
    expect(complaints).toEqual([]);
    await page.close();
  });
});
