/** The Units lens and opened models, as a visitor meets them. */
import { encode } from "@tapegrad/safetensors";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenOptions, type Site, serveApp, withoutBrowser } from "./browser.ts";
import { alphabet, big, small, tensorsOf } from "./pytorch-models.ts";
import { violations } from "./violations.ts";

const output = "apps/playground/test/output";

describe.skipIf(withoutBrowser)("in Chromium (skipped where Chromium is not installed)", () => {
  let site: Site;
  beforeAll(async () => {
    site = await serveApp();
  });
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
  });

  async function openLens(lens: string, options: OpenOptions = {}) {
    const opened = await site.open(options);
    await opened.page.getByRole("link", { name: lens, exact: true }).click();
    return opened;
  }

  function hasFocus(page: Page): Promise<boolean> {
    return page.evaluate(() => document.activeElement !== document.body);
  }

  async function chooseFile(page: Page, name: string, bytes: Uint8Array): Promise<void> {
    await page
      .getByLabel("Choose a file")
      .setInputFiles({ name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) });
  }

  async function dropFile(page: Page, name: string, bytes: Uint8Array): Promise<void> {
    const dropped = await page.evaluateHandle(
      ([called, numbers]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([Uint8Array.from(numbers)], called));
        return transfer;
      },
      [name, [...bytes]] as const,
    );
    await page.dispatchEvent(".drop", "drop", { dataTransfer: dropped });
  }

  test("a table can be dropped, and is what the run learns; one that is none changes nothing", async () => {
    const { page, complaints } = await openLens("Open a model", { width: 1440, height: 900 });
    const rows = Array.from({ length: 60 }, (_, row) => `${row},${Math.sin(row / 3)}`);
    const written = (lines: readonly string[]) => new TextEncoder().encode(lines.join("\n"));
    await dropFile(page, "waves.csv", written(["hour,height", ...rows]));
    await page.getByText("waves.csv is what the run learns now.").waitFor();
    await expect.poll(() => page.locator(".side").textContent()).toContain("60 rows, 2 columns of numbers.");
    await page.getByRole("button", { name: "One step" }).click();
    await expect.poll(() => page.locator("#step").textContent()).toBe("1");
    await dropFile(page, "words.csv", written(["a,b", "x,y", "z,w", "u,v", "s,t", "q,r"]));
    await page.getByText("words.csv: Line 2: no column has numbers.").waitFor();
    expect(await page.locator("#step").textContent()).toBe("1");
    expect(await violations(page, ".lens", ".explanation")).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.for<[name: string, options: OpenOptions]>([
    ["desktop", { width: 1440, height: 900 }],
    ["telephone, dark", { width: 390, height: 844, colorScheme: "dark" }],
  ])(
    "a unit of the trained model follows brackets, and without it they are not closed: %s",
    async ([name, options]) => {
      const { page, complaints } = await openLens("Units", options);
      expect(await violations(page, ".lens", ".explanation")).toEqual([]);
      await page.getByRole("button", { name: "Load the trained model" }).click();
      const best = page
        .getByRole("button", { name: /^inside \{ \} \(\w+ there, AUC\): unit \d+ [hc] 0\.9\d$/ })
        .first();
      await best.waitFor();
      await expect.poll(() => best.getAttribute("aria-pressed")).toBe("true");
      expect(await hasFocus(page)).toBe(true);
      await page.getByRole("checkbox", { name: "Switch it off" }).check();
      const closing = page.getByRole("row", { name: /^} .*%/ }).first();
      await closing.waitFor();
      const [before = 0, after = 0] = ((await closing.textContent()) ?? "").match(/[\d.]+(?= %)/g)?.map(Number) ?? [];
      expect(before).toBeGreaterThan(after + 20);
      expect(await page.getByText(/With h of unit \d+ held at 0\.00, the loss .* goes from/).textContent()).toMatch(
        /from 2\.\d+ to 2\.\d+/,
      );

      await page.getByRole("listbox", { name: "All units of the layer at the cursor" }).press("ArrowRight");
      await expect.poll(() => best.getAttribute("aria-pressed")).toBe("false");
      await best.click();
      const unit = (await best.textContent())?.match(/unit (\d+)/)?.[1];
      await page.getByText(new RegExp(`With h of unit ${unit} held at`)).waitFor();
      await page.screenshot({ path: `${output}/units-${name.replace(/\W+/g, "-")}.png` });
      expect(await violations(page, ".lens", ".explanation")).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  test("a file of a megabyte opens, and what is no model changes nothing", async () => {
    const { page, complaints } = await openLens("Open a model", { width: 1440, height: 900 });
    const vocabulary = JSON.stringify(alphabet(65));
    const took = page.getByText(/^\d+ ms$/);
    let milliseconds = Infinity;
    // A busy machine may need several tries.
    for (let time = 1; time <= 20 && !(milliseconds < 500); time++) {
      await chooseFile(page, "mine.safetensors", encode(tensorsOf(big), { vocabulary }));
      await page.getByText(time === 1 ? "mine.safetensors" : `mine.safetensors (${time})`, { exact: true }).waitFor();
      milliseconds = Number.parseFloat((await took.textContent()) ?? "");
    }
    expect(milliseconds).toBeLessThan(500);
    await page.getByText("2 × LSTM of 140 units").waitFor();
    expect(await violations(page, ".lens", ".explanation")).toEqual([]);
    await page.screenshot({ path: `${output}/open-model-desktop.png` });

    await chooseFile(page, "broken.safetensors", encode(tensorsOf(small)).slice(0, 900));
    await expect
      .poll(() => page.locator(".drop .problem").textContent())
      .toMatch(/^broken\.safetensors: Data_offsets of .* leave the data.*; the file is truncated/);
    await page.getByText("2 × LSTM of 140 units").waitFor();
    expect(await violations(page, ".lens", ".explanation")).toEqual([]);

    await page.getByRole("button", { name: "One step" }).click();
    await expect.poll(() => page.locator("#step").textContent()).toBe("1");
    await page.getByRole("link", { name: "Units", exact: true }).click();
    await page.getByRole("option", { name: /^unit 140: / }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a file can be dropped, and a vocabulary that it lacks is typed", async () => {
    const { page, complaints } = await openLens("Open a model", { width: 390, height: 844 });
    await dropFile(page, "nameless.safetensors", encode(tensorsOf(small)));
    const box = page.getByLabel("Characters in order");
    await box.fill("abc");
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await page.getByText("The vocabulary has 3 characters, and the model scores 9.").waitFor();
    await box.fill("abcdefghi");
    expect(await violations(page, ".lens", ".explanation")).toEqual([]);
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await page.getByText("9: abcdefghi").waitFor();
    expect(await hasFocus(page)).toBe(true);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
