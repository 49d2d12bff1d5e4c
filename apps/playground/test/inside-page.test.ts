/** The Inside lens as a visitor meets it: levels, values that are held, presets, shapes, for keyboards, telephones and axe. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Site, serveApp, withoutBrowser } from "./browser.ts";
import { violations } from "./violations.ts";

const output = "apps/playground/test/output";

describe.skipIf(withoutBrowser)("the Inside lens in Chromium (skipped where Chromium is not installed)", () => {
  let site: Site;
  beforeAll(async () => {
    site = await serveApp();
  });
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
  });

  test("goes inwards and back, and what follows from a held gate is shown", async () => {
    const { page, complaints } = await site.open({ width: 1440, height: 900, at: "#lens=inside" });
    await page.getByRole("combobox", { name: "Speed" }).selectOption("full");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.getByRole("button", { name: "Train", exact: true }).waitFor(); // It stops by itself.
    await page.screenshot({ path: `${output}/inside-chain.png` });

    await page.getByRole("button", { name: "Step 3, layer 1, reads “l”: look inside" }).press("Enter");
    const gate = page.getByRole("slider", { name: "Hold o, the output gate, of unit 1" });
    await gate.waitFor();
    expect(await focused(page)).toBe("Step 3 “l”");
    await page.getByRole("checkbox", { name: "hold all units alike" }).check();
    await gate.press("Home");
    await page.getByText("The output gate of all units is held at 0.00 in step 3.").waitFor();
    await expect.poll(() => gate.getAttribute("aria-valuetext")).toBe("0.00");
    const hidden = page.getByRole("row", { name: /^hidden state of unit 1/ });
    await expect.poll(() => hidden.getByRole("cell").nth(1).textContent()).toBe("0.00");
    expect(await page.getByRole("row", { name: /^output at step 3/ }).getAttribute("class")).toBe("changed");
    await expect.poll(() => page.url()).toContain("inside.held=2.0.o.all.0");
    await page.screenshot({ path: `${output}/inside-step.png` });

    await page.getByRole("button", { name: /^o 0.00, output gate/ }).click();
    expect(await focused(page)).toBe("output gate");
    const equation = page.locator(".equation-line");
    expect(await equation.textContent()).toMatch(
      /^o₁ = σ\(−?\d\.\d\d(·\d\.\d\d)?( [+−] \d\.\d\d(·\d\.\d\d)?){4} [+−] … 29 more \(\d\.\d\d\)\) = σ\(−?\d\.\d\d\) = \d\.\d\d but held at 0.00$/,
    );
    await page.getByRole("button", { name: "Let go" }).click();
    await page.getByText("Nothing is held.").waitFor();
    await expect.poll(() => equation.textContent()).not.toContain("held");
    await page.screenshot({ path: `${output}/inside-gate.png` });

    await page.getByRole("button", { name: "See its line on the tape" }).click();
    const line = page.getByRole("button", { name: /^%\d+ ?o ?sigmoid\(%8\)/ });
    await expect.poll(() => line.getAttribute("aria-pressed")).toBe("true");
    await page.getByRole("button", { name: /matmul\(h, weight_hh/ }).click();
    await page.getByRole("region", { name: "Numbers of %2" }).waitFor();
    await page.screenshot({ path: `${output}/inside-tape.png` });
    await page.getByRole("button", { name: "The chain" }).click();
    expect(await focused(page)).toBe("The chain");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a gate can be dragged by the pointer", async () => {
    const { page } = await site.open({ width: 1440, height: 900, at: "#lens=inside&inside.view=step" });
    const gate = page.getByRole("slider", { name: "Hold f, the forget gate, of unit 1" });
    await gate.waitFor();
    const { x, y, width, height } = (await gate.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width + 30, y + height / 2, { steps: 4 });
    await page.mouse.up();
    await page.getByText("The forget gate of unit 1 is held at 1.00 in step 1.").waitFor();
    await page.close();
  });

  test("the presets have their numbers", async () => {
    const { page } = await site.open({ width: 1440, height: 900, at: "#lens=inside" });
    await page.getByRole("button", { name: "Forgetting" }).click();
    const product = page.locator(".forgetting .equation-line");
    await expect.poll(() => product.textContent()).toBe("[3, 5, −2] ⊙ [0.7, 0.4, 0.8] = [2.1, 2.0, −1.6]");
    await page.getByRole("slider", { name: "forget gate of unit 2" }).press("Home");
    await expect.poll(() => product.textContent()).toBe("[3, 5, −2] ⊙ [0.7, 0.0, 0.8] = [2.1, 0.0, −1.6]");
    await page.getByRole("button", { name: "Both GRUs" }).click();
    const candidates = page.locator(".gru-numbers tr:nth-child(2) td");
    await expect.poll(() => candidates.count()).toBe(2);
    await page
      .getByRole("slider", { name: /^Hold r/ })
      .first()
      .press("End");
    const [after, before] = [candidates.first(), candidates.last()];
    await expect.poll(async () => (await after.textContent()) === (await before.textContent())).toBe(true);
    await page
      .getByRole("slider", { name: /^Hold r/ })
      .first()
      .press("Home");
    await expect.poll(async () => (await after.textContent()) === (await before.textContent())).toBe(false);
    await page.close();
  });

  test("a shape is drawn with the inputs, outputs and losses that it has, and learned", async () => {
    const { page, complaints } = await site.open({ width: 390, height: 844, at: "#lens=inside" });
    await page.getByRole("button", { name: "sequence to sequence" }).click();
    await page.getByText("Example 1 of 125").waitFor();
    const count = (part: string) => page.locator(`.chain ${part}`).count();
    await expect
      .poll(() => Promise.all([count(".cell"), count(".input-box"), count(".output-box")]))
      .toEqual([6, 3, 3]);
    await page.getByRole("button", { name: "Next example" }).click();
    await page.getByText("Example 2 of 125").waitFor();
    await page.getByRole("combobox", { name: "Speed" }).selectOption("full");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await expect.poll(() => count(".output-box.right")).toBe(3);
    await page.screenshot({ path: `${output}/inside-shape-telephone.png` });
    expect(complaints).toEqual([]);
    await page.close();
  });

  // Each view once in one of the two: axe takes seconds on a page like this.
  test.for([
    { name: "light", width: 1440, height: 900, views: ["chain", "gate", "forgetting"] },
    { name: "telephone, dark", width: 390, height: 844, colorScheme: "dark", views: ["step", "tape", "grus"] },
  ] as const)("axe finds nothing, and nothing is too wide or too small: $name", async ({ views, ...options }) => {
    const { page, complaints } = await site.open({ ...options, at: "#lens=inside&inside.value=f" });
    for (const view of views) {
      await page.evaluate((next) => {
        location.hash = `#lens=inside&inside.value=f&inside.view=${next}`;
      }, view);
      await page.locator(`.inside[data-view="${view}"]`).waitFor();
      expect(await violations(page, ".lens", ".explanation"), view).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      expect(await tooSmall(page)).toEqual([]);
      await page.screenshot({ path: `${output}/inside-${view}-${options.name.replace(/\W+/g, "-")}.png` });
    }
    expect(complaints).toEqual([]);
    await page.close();
  });
});

function focused(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.textContent ?? undefined);
}

/** Of the lens: whatever can be pressed or dragged and is less than 24 pixels wide or high. */
function tooSmall(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll(".inside :is(button, input, [role=button], [role=slider])")].flatMap((target) => {
      const place = target instanceof HTMLInputElement ? (target.closest("label") ?? target) : target;
      const { width, height } = place.getBoundingClientRect();
      return Math.min(width, height) < 24
        ? `${target.getAttribute("aria-label") ?? target.outerHTML}: ${width} × ${height}`
        : [];
    }),
  );
}
