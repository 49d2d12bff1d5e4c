/** A cell of one's own, in a real browser: written, checked, trained, stopped; and what its code cannot do. */
import { createServer } from "node:http";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { templates } from "../src/engine/own-cell/templates.ts";
import { type OpenOptions, type Site, serveApp, withoutBrowser } from "./browser.ts";
import { outcomesIn, waysOut } from "./ways-out.ts";

describe.skipIf(withoutBrowser)("own cells in Chromium (skipped where Chromium is not installed)", () => {
  let site: Site;
  beforeAll(async () => {
    site = await serveApp();
  });
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
  });

  async function openLens(options?: OpenOptions) {
    const { page, complaints } = await site.open({ ...options, at: "#lens=own-cell" });
    await page.locator(".cm-content").waitFor();
    return { page, complaints };
  }

  test("is checked at every change, with the line of a mistake, and trained like the others", async () => {
    const { page, complaints } = await openLens();
    for (const { title } of templates) {
      await page.getByRole("button", { name: title }).click();
      await expect.poll(() => verdict(page)).toContain("The gradient is right.");
    }

    await write(page, templates[0].source.replace("matmul(x, this.W)", "matmul(this.W, x)"));
    await expect.poll(() => verdict(page)).toMatch(/It does not run.*Line 17: matmul: inner dimensions differ/s);
    expect(await page.locator(".cm-lint-marker-error").count()).toBe(1);

    await write(page, templates[0].source.replace("{ output: next,", "{ output: ,"));
    await expect.poll(() => verdict(page)).toMatch(/It does not run.*Line 18: /s);
    await page.getByRole("button", { name: "Line 18" }).click();
    expect(await page.evaluate(() => document.activeElement?.className)).toContain("cm-content");

    const rule = "const square = customVjp({ forward: (z) => [mul(z, z), z], backward: (z, g) => [mul(g, z)] });"; // 2 g z is right
    await write(page, `${rule}\n${templates[0].source.replace("= tanh(", "= square(")}`);
    await expect.poll(() => verdict(page)).toContain("The gradient is wrong.");

    await page.getByRole("button", { name: "What if" }).click();
    await expect.poll(() => verdict(page)).toContain("The gradient is right.");
    await page.getByRole("button", { name: "Use this cell in the run" }).click();
    await page.getByRole("button", { name: "Train it" }).click();
    await expect.poll(() => page.locator("#step").textContent()).toMatch(/[1-9]/);
    await page.screenshot({ path: "apps/playground/test/output/own-cell.png" });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("an endless loop ends after the limit, and the page goes on", async () => {
    const { page } = await openLens();
    await write(
      page,
      templates[0].source.replace("step(x, { h }) {", "step(x, { h }) { if (h.shape[0] === 1) for (;;);"),
    );
    await page.getByRole("button", { name: "Use this cell in the run" }).click();
    await expect.poll(() => page.locator(".run-panel .problem").textContent()).toContain("computed for 5 seconds");
    await write(page, "for (;;);");
    await expect.poll(() => verdict(page)).toContain("computed for 5 seconds");
    await write(page, templates[1].source);
    await expect.poll(() => verdict(page)).toContain("The gradient is right.");
    await page.getByRole("button", { name: "Use this cell in the run" }).click();
    await page.getByRole("button", { name: "Train it" }).waitFor();
    await page.getByRole("button", { name: "One step" }).click();
    await expect.poll(() => page.locator("#step").textContent()).toBe("1");
    await page.close();
  });

  test("can neither load, nor send, nor keep anything, nor reach the page", async () => {
    const asked: string[] = [];
    const elsewhere = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.setHeader("access-control-allow-origin", "*").end("export default 1");
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const address = elsewhere.address();
    if (address === null || typeof address === "string") throw new Error("internal: the server has no port");
    const { page } = await openLens();
    const heard = await page.evaluateHandle(() => {
      const messages: string[] = [];
      new BroadcastChannel("way out").onmessage = ({ data }) => messages.push(data);
      addEventListener("message", ({ data }) => messages.push(JSON.stringify(data)));
      return messages;
    });
    const origins = [new URL(page.url()).origin, `http://127.0.0.1:${address.port}`];
    await write(page, waysOut(origins));
    let turn = 0;
    const outcomes = await expect
      .poll(
        async () => {
          await write(page, `${waysOut(origins)}// ${turn++}`);
          await expect.poll(() => verdict(page)).not.toContain("Checking");
          return outcomesIn(await verdict(page));
        },
        { interval: 500 },
      )
      .toBeTruthy()
      .then(async () => outcomesIn(await verdict(page)));
    expect(outcomes?.filter(([, outcome]) => !/^(refused|absent)/.test(outcome))).toEqual([]);
    expect(outcomes?.length).toBeGreaterThan(20);
    expect(asked).toEqual([]);
    expect((await heard.jsonValue()).filter((message) => message.includes("way out"))).toEqual([]);
    elsewhere.close();
    await page.close();
  });

  test("says so where the page's policy refuses to evaluate text", async () => {
    const { page } = await openLens({ policy: "script-src 'self' 'wasm-unsafe-eval'" });
    await expect.poll(() => verdict(page)).toContain("Content-Security-Policy refuses it");
    await page.close();
  });
});

async function verdict(page: Page): Promise<string> {
  return (await page.locator(".own-cell-check [role=status]").textContent()) ?? "";
}

async function write(page: Page, source: string): Promise<void> {
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(source);
}
